package io.backstay.demo;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ChecksTest {

    private final Checks checks = new Checks();

    private String printed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        checks.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void status_whenAllHeld_isZero() {
        checks.add("answers in time", "3 ms", true);
        checks.atMost("calls lost", 2, 2);

        assertThat(checks.status()).isZero();
        assertThat(printed()).contains("ok", "answers in time", "3 ms", "All 2 held.");
    }

    @Test
    void status_whenOneDidNotHold_isOne() {
        checks.add("answers in time", "3 ms", true);
        checks.atMost("calls lost", 3, 2);
        checks.add("recovers", "0.1 s", true);

        assertThat(checks.status()).isEqualTo(1);
        assertThat(printed().lines()).anyMatch(line -> line.matches(" +FAILED +calls lost +3"));
        assertThat(printed()).contains("1 of 3 did not hold.");
    }

    @Test
    void status_whenNothingWasChecked_isOne() {
        assertThat(checks.status()).isEqualTo(1);
    }
}
