package io.backstay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ProxySettingsTest {

    private static final URI ADDRESS = URI.create("http://proxy.test:3128");

    private static ProxySettings direct(String... hosts) {
        return ProxySettings.builder(ADDRESS).direct(List.of(hosts)).build();
    }

    @Test
    void selector_namesTheProxyAlone_orNone() {
        ProxySelector selector = direct("*.inner.test").selector();

        assertThat(selector.select(URI.create("https://users.test/x")))
                .containsExactly(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.test", 3128)));
        assertThat(selector.select(URI.create("https://users.inner.test/x"))).containsExactly(Proxy.NO_PROXY);
        assertThat(selector.select(URI.create("mailto:someone"))).containsExactly(Proxy.NO_PROXY);
        assertThatCode(() -> selector.connectFailed(ADDRESS, direct().address(), new IOException("refused")))
                .doesNotThrowAnyException();
    }

    @Test
    void direct_holdsExactNamesAndThoseBelowASuffix() {
        ProxySettings settings = direct("exact.test", "*.inner.test", "10.0.0.7", "[2001:db8::7]");

        for (String host : List.of(
                "exact.test",
                "EXACT.test.",
                "a.inner.test",
                "a.b.Inner.Test",
                "10.0.0.7",
                "2001:DB8::7",
                "[2001:db8::7]")) {
            assertThat(settings.appliesTo(host)).as(host).isFalse();
        }
        for (String host :
                List.of("a.exact.test", "inner.test", "notinner.test", "exact.test.evil", "10.0.0.70", "2001:db8::8")) {
            assertThat(settings.appliesTo(host)).as(host).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.8.7", "::1", "[::1]"})
    void loopback_isAlwaysDirect(String host) {
        assertThat(direct().appliesTo(host)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost.test", "notlocalhost", "128.0.0.1", "127.0.0.1.test", "::11", "1.127.0.0"})
    void whatLooksLikeLoopback_isNotDirect(String host) {
        assertThat(direct().appliesTo(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://proxy.test:3128",
                "socks://proxy.test:1080",
                "proxy.test:3128",
                "http://proxy.test",
                "http://proxy.test:0",
                "http://proxy.test:65536",
                "http://proxy.test:3128/path",
                "http://proxy.test:3128?q",
                "http://proxy.test:3128#f",
                "http:///",
                "//proxy.test:3128",
                "http:proxy"
            })
    void address_ofAnotherForm_isRefused(String wrong) {
        assertThatThrownBy(() -> ProxySettings.builder(URI.create(wrong)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("backstay.proxy.address", "allowed: http://host:port");
    }

    @Test
    void address_withAUser_isRefusedWithoutShowingIt() {
        assertThatThrownBy(() -> ProxySettings.builder(URI.create("http://ada:secret@proxy.test:3128")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("backstay.proxy.user", "backstay.proxy.password")
                .hasMessageNotContaining("secret");
    }

    @Test
    void address_mayEndInASlash_andBeIpv6() {
        ProxySettings settings =
                ProxySettings.builder(URI.create("HTTP://[::1]:3128/")).build();

        assertThat(settings.address().getHostString()).isEqualTo("::1");
        assertThat(settings).hasToString("proxy http://[::1]:3128");
    }

    @Test
    void credentials_areTheValueOfAField_andStandInNoText() {
        ProxySettings settings =
                ProxySettings.builder(ADDRESS).credentials("ada", "s:ecret-ä").build();

        assertThat(settings.authorization()).contains("Basic YWRhOnM6ZWNyZXQtw6Q=");
        assertThat(settings.user()).contains("ada");
        assertThat(settings.password()).contains("s:ecret-ä");
        assertThat(settings).hasToString("proxy http://proxy.test:3128 with a user");
        assertThat(direct().authorization()).isEmpty();
    }

    @Test
    void credentials_thatCannotBeSent_areRefusedWithoutShowingThem() {
        ProxySettings.Builder builder = ProxySettings.builder(ADDRESS);

        for (String[] wrong :
                new String[][] {{"", "secret"}, {"a:b", "secret"}, {"a\n", "secret"}, {"a", "secret\r"}}) {
            assertThatThrownBy(() -> builder.credentials(wrong[0], wrong[1]))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("backstay.proxy.")
                    .hasMessageNotContaining("secret");
        }
        assertThatThrownBy(() -> builder.credentials(null, "")).hasMessageContaining("backstay.proxy.user");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "*", "*.", "a*", "a.*.test", "http://a.test", "a.test:80", "a b", "a..test", "1:2"})
    void direct_ofAnotherForm_isRefused(String wrong) {
        assertThatThrownBy(() -> direct(wrong))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("backstay.proxy.direct");
    }
}
