package io.backstay.demo;

import io.backstay.demo.Options.Against;
import io.backstay.demo.Options.Run;
import io.backstay.demo.Options.Serve;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class OptionsTest {

    private static Options parse(String line) {
        return Options.parse(line.isEmpty() ? new String[0] : line.split(" "));
    }

    @Test
    void parse_nothing_isTheWholeDemo() {
        assertThat(parse("")).isEqualTo(new Run(false));
    }

    @Test
    void parse_quick_isTheShortenedDemo() {
        assertThat(parse("--quick")).isEqualTo(new Run(true));
    }

    @Test
    void parse_againstAlone_hasASmallLoad() {
        assertThat(parse("--against http://localhost:8080/users/1?all=yes"))
                .isEqualTo(new Against(URI.create("http://localhost:8080/users/1?all=yes"), 20, 10));
    }

    @Test
    void parse_against_takesOptionsInAnyOrderAndBounds() {
        assertThat(parse("--seconds 3600 --against HTTPS://example.org --rate 1000"))
                .isEqualTo(new Against(URI.create("HTTPS://example.org"), 1_000, 3_600));
        assertThat(parse("--rate 1 --seconds 1 --against http://[::1]:8080"))
                .isEqualTo(new Against(URI.create("http://[::1]:8080"), 1, 1));
    }

    @Test
    void parse_serve_isAService() {
        assertThat(parse("serve project-service 8003")).isEqualTo(new Serve(Resource.PROJECT, 8_003));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--slow",
                "-q",
                "quick",
                "--quick=true",
                "--against",
                "--against --quick",
                "--rate",
                "--against http://h --rate",
                "--against http://h --seconds",
                "--against http://h --rate --seconds",
                "--rate 5",
                "--seconds 5",
                "--quick --rate 5",
                "--quick --quick",
                "--quick --against http://h",
                "--against http://h --against http://i",
                "--against http://h --rate 5 --rate 5",
                "--against http://h more",
                "serve",
                "serve user-service",
                "serve nobody 0",
                "serve user-service any",
                "serve user-service 65536",
                "serve user-service -1",
            })
    void parse_whatCannotBeDone_isRefusedInOneLine(String line) {
        assertThatThrownBy(() -> parse(line))
                .isInstanceOf(UsageException.class)
                .message()
                .isNotBlank()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1001", "1.5", "many", "1e3", "99999999999", "0x10", "5s"})
    void parse_rate_outOfRangeOrNoNumber_isRefusedWithTheRange(String rate) {
        assertThatThrownBy(() -> parse("--against http://h --rate " + rate))
                .isInstanceOf(UsageException.class)
                .hasMessage("--rate cannot be " + rate + "; allowed: a whole number from 1 to 1000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "3601", "1.5", "long"})
    void parse_seconds_outOfRangeOrNoNumber_isRefusedWithTheRange(String seconds) {
        assertThatThrownBy(() -> parse("--against http://h --seconds " + seconds))
                .isInstanceOf(UsageException.class)
                .hasMessage("--seconds cannot be " + seconds + "; allowed: a whole number from 1 to 3600");
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://host/, must begin with http",
        "localhost:8080, must begin with http",
        "/users, must begin with http",
        "http:localhost, no host",
        "http:///users, no host",
        "http://under_score/, no host",
        "http://, cannot be read",
        "http://host:8o80/, no host",
        "http://host/{id}, cannot be read",
        "http://host/%zz, cannot be read",
        "http://host:0/, port",
        "http://host:65536/, port",
    })
    void parse_addressThatCannotBeUsed_isRefusedWithTheReason(String address, String reason) {
        assertThatThrownBy(() -> parse("--against " + address))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://ada:secret@host/", "http://secret@host/", "http://ada:secret@under_score:1/"})
    void parse_addressWithCredentials_isRefusedWithoutRepeatingThem(String address) {
        assertThatThrownBy(() -> parse("--against " + address))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("credentials")
                .hasMessageNotContaining("secret");
    }
}
