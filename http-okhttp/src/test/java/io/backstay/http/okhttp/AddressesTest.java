package io.backstay.http.okhttp;

import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.TransportRequest;
import java.net.URI;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** OkHttp calls what it was told to call, or nothing. */
class AddressesTest {

    private final Addresses addresses = new Addresses();

    private @Nullable HttpUrl address(String base, String target) {
        ServiceInstance instance = ServiceInstance.of("things", URI.create(base));
        return addresses.of(new TransportRequest("GET", instance, target, Headers.empty(), null, 1_000_000_000, 10));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a/b",
                "/a?x=1&y=%20",
                "/a%2Fb",
                "/caf%C3%A9",
                "/a;v=1/b",
                "/?q=a/../b",
                "/a?q=%2e%2e",
                "//double/b",
                "/a//b"
            })
    void targets_areCalledAsTheyAre(String target) {
        for (String base : new String[] {"http://localhost:8080", "https://[::1]:8443/api", "http://127.0.0.1"}) {
            HttpUrl url = address(base, target);

            assertThat(url).as(base + target).isNotNull();
            URI expected = URI.create(base + target);
            assertThat(url.encodedPath()).isEqualTo(expected.getRawPath());
            assertThat(url.encodedQuery()).isEqualTo(expected.getRawQuery());
            assertThat(url.port()).isEqualTo(expected.getPort() < 0 ? 80 : expected.getPort());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a/../b", "/a/./b", "/..", "/a/%2e%2e/b", "/%2E", "/a/.%2e"})
    void dotSegments_wouldBecomeAnotherAddress_andAreRefused(String target) {
        assertThat(address("http://localhost:8080", target)).isNull();
        assertThat(address("http://localhost:8080/api", target)).isNull();
    }

    @Test
    void whatLooksLikeAnotherHost_staysBelowTheInstance() {
        HttpUrl url = address("http://localhost:8080", "//elsewhere/secret");

        assertThat(url).isNotNull();
        assertThat(url.host()).isEqualTo("localhost");
        assertThat(address("http://localhost:8080", "/\\elsewhere/secret"))
                .satisfiesAnyOf(
                        found -> assertThat(found).isNull(),
                        found -> assertThat(found.host()).isEqualTo("localhost"));
    }

    @Test
    void moreInstancesThanAreKept_areStillFound() {
        for (int i = 0; i < 2_500; i++) {
            HttpUrl url = address("http://host-" + i + ":80", "/a");
            assertThat(url).isNotNull();
            assertThat(url.host()).isEqualTo("host-" + i);
        }
        assertThat(address("http://host-0:80", "/b")).isNotNull();
    }
}
