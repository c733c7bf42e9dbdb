package io.backstay.store.redis;

import io.backstay.spi.RandomSource;
import io.backstay.spi.StateChange;
import io.backstay.spi.TablePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ChangeMessageTest {

    private static final String THREE = "1 e-1 12 3\nP 1 2 500\naxyR 2 0 -\nbbE 1 0 -\nc";

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void changes_haveConsecutiveRevisionsUpToThePosition() {
        ChangeMessage message = ChangeMessage.parse(octets(THREE)).orElseThrow();

        assertThat(message.position()).isEqualTo(new TablePosition("e-1", 12));
        assertThat(message.changes()).extracting(StateChange::revision).containsExactly(10L, 11L, 12L);
        assertThat(message.changes()).extracting(StateChange::key).containsExactly("a", "bb", "c");
        assertThat(message.changes())
                .extracting(StateChange::kind)
                .containsExactly(StateChange.Kind.PUT, StateChange.Kind.REMOVED, StateChange.Kind.EXPIRED);
        assertThat(message.changes().get(0).value()).isEqualTo(octets("xy"));
        assertThat(message.changes().get(0).remainingLease()).contains(Duration.ofMillis(500));
    }

    @Test
    void positionAlone_hasNoChanges() {
        assertThat(ChangeMessage.parse(octets("1 e 7 0\n")).orElseThrow().changes())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "1",
                "1 e 7 0",
                "2 e 7 0\n",
                "1  7 0\n",
                "1 e x 0\n",
                "1 e -7 0\n",
                "1 e 7 -1\n",
                "1 e 7 1025\n",
                "1 e 7 99999999999\n",
                "1 e 7 0 0\n",
                "1 e 7 0\nx",
                "1 e 7 1\n",
                "1 e 7 1\nP 1 1 -\na",
                "1 e 7 1\nP 1 1 -\naxx",
                "1 e 7 1\nX 1 0 -\na",
                "1 e 7 1\nP 0 0 -\n",
                "1 e 7 1\nP 513 0 -\n",
                "1 e 7 1\nP -1 0 -\n",
                "1 e 7 1\nP 1 2147483648 -\na",
                "1 e 7 1\nP 1 262145 -\na",
                "1 e 7 1\nP 1 0 -5\na",
                "1 e 7 1\nP 1 0 x\na",
                "1 e 7 1\nR 1 0 -\n\u0001"
            })
    void whatIsNone_isNothing(String text) {
        assertThat(ChangeMessage.parse(octets(text))).isEmpty();
    }

    @Test
    void keysThatAreNoText_areNothing() {
        byte[] message = octets("1 e 7 1\nP 1 0 -\na");
        message[message.length - 1] = (byte) 0xFF;

        assertThat(ChangeMessage.parse(message)).isEmpty();
    }

    @Test
    void anyOctets_areReadOrNothingAndNeverAnError() {
        RandomSource random = RandomSource.seeded(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] message = octets(THREE);
            for (int j = random.nextInt(4); j >= 0; j--) {
                message[random.nextInt(message.length)] = (byte) random.nextInt(256);
            }
            byte[] cut = Arrays.copyOf(message, random.nextInt(message.length + 1));
            assertThat(ChangeMessage.parse(cut)).isNotNull();
            ChangeMessage.parse(message)
                    .ifPresent(read -> assertThat(read.changes()).hasSizeLessThanOrEqualTo(1_024));
        }
    }
}
