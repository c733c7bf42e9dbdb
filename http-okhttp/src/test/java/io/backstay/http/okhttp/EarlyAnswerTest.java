package io.backstay.http.okhttp;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@DisplayName("What has arrived while a request is sent")
class EarlyAnswerTest {

    private static char statusClass(String arrived) {
        byte[] octets = arrived.getBytes(StandardCharsets.US_ASCII);
        return EarlyAnswer.statusClass(octets, octets.length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 ",
                "HTTP/1.1 103 Early Hints\r\n",
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n",
                "HTTP/1.1 102 Processing\r\n\r\n",
                "HTTP/1.1 102\n\n",
                "HTTP/1.1 102 A\r\n\r\nHTTP/1.1 103 B\r\nX: y\r\n\r\nHTTP/1."
            })
    @DisplayName("is no final response as long as there are interim ones, or parts of a head")
    void interim_isNotFinal(String arrived) {
        assertThat(statusClass(arrived)).isEqualTo((char) 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 4",
                "HTTP/1.1 413 Too Large\r\n\r\n",
                "HTTP/1.1 103 A\r\n\r\nHTTP/1.1 413 B\r\n",
                "HTTP/1.1 102 A\r\n\r\nHTTP/1.1 103 B\r\nX: y\r\n\r\nHTTP/1.0 400 C\r\n\r\n",
                "HTTP/1.1 102\n\nHTTP/1.1 431"
            })
    @DisplayName("is a final response from its status on, also behind interim ones")
    void final_isFound(String arrived) {
        assertThat(statusClass(arrived)).isEqualTo('4');
    }
}
