package io.backstay.spi;

import io.backstay.Backstay;
import io.backstay.ConfigurationException;
import io.backstay.ProxySettings;
import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.TlsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class NetworkSettingsTest {

    @TempDir
    Path directory;

    private static ProviderContext context(Map<String, String> settings) {
        SystemTime system = SystemTime.shared();
        return new ProviderContext(system, system, system, RandomSource.system(), system.workers(), settings::get);
    }

    private static String pem(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Backstay.class.getResourceAsStream("tls/" + name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private String file(String name) throws IOException {
        return Files.writeString(directory.resolve(name), pem(name)).toString();
    }

    @Test
    void nothingSet_givesNothing() {
        assertThat(context(Map.of()).tls()).isEmpty();
        assertThat(context(Map.of("backstay.tls.trust", " ")).tls()).isEmpty();
        assertThat(context(Map.of()).proxy()).isEmpty();
        assertThat(context(Map.of("backstay.proxy.direct", "a.test")).proxy()).isEmpty();
    }

    @Test
    void tls_isReadFromFiles() throws IOException {
        TlsSettings settings = context(Map.of(
                        "backstay.tls.trust",
                        file("ca.pem") + " , " + file("other-ca.pem"),
                        "backstay.tls.certificate",
                        file("rsa.pem"),
                        "backstay.tls.key",
                        file("rsa-encrypted.key.pem"),
                        "backstay.tls.key-password",
                        "rope-and-sail"))
                .tls()
                .orElseThrow();

        assertThat(settings).hasToString("trusts 2 issuers, is CN=rsa client");
    }

    @Test
    void tls_isReadFromTexts_asEnvironmentVariablesHoldThem() throws IOException {
        TlsSettings settings = context(Map.of(
                        "backstay.tls.trust", pem("ca.pem") + pem("other-ca.pem"),
                        "backstay.tls.certificate", pem("ec.pem"),
                        "backstay.tls.key", pem("ec.key.pem")))
                .tls()
                .orElseThrow();

        assertThat(settings).hasToString("trusts 2 issuers, is CN=ec client");
    }

    @Test
    void tls_withTheWordSystem_trustsTheJvmsIssuersToo() throws IOException {
        TlsSettings settings = context(Map.of("backstay.tls.trust", "system," + file("ca.pem")))
                .tls()
                .orElseThrow();

        assertThat(settings.trustManager().getAcceptedIssuers()).hasSizeGreaterThan(10);
    }

    @Test
    void tls_inHalves_isRefused() throws IOException {
        String certificate = file("ec.pem");
        assertTlsRefused(
                Map.of("backstay.tls.certificate", certificate),
                "backstay.tls.certificate is set without backstay.tls.key");
        assertTlsRefused(
                Map.of("backstay.tls.key", file("ec.key.pem")),
                "backstay.tls.key is set without backstay.tls.certificate");
        assertTlsRefused(Map.of("backstay.tls.key-password", "x"), "backstay.tls.key-password is set without");
        assertTlsRefused(Map.of("backstay.tls.trust", " , "), "backstay.tls.trust names no file");
        assertTlsRefused(
                Map.of("backstay.tls.certificate", certificate, "backstay.tls.key", pem("ec.key.pem")),
                "must both be files or both be PEM");
    }

    @Test
    void tls_ofAKeyWithoutItsFirstLine_isRefusedWithoutShowingIt() throws IOException {
        String body =
                pem("ec.key.pem").lines().filter(line -> !line.startsWith("-")).reduce("", String::concat);

        assertThatThrownBy(() -> context(Map.of("backstay.tls.certificate", "own.pem", "backstay.tls.key", body))
                        .tls())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining(body);
        assertThatThrownBy(() -> context(Map.of("backstay.tls.certificate", file("ec.pem"), "backstay.tls.key", body))
                        .tls())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("backstay.tls.key looks like PEM without its first line")
                .hasMessageNotContaining(body);
    }

    private static void assertTlsRefused(Map<String, String> settings, String words) {
        assertThatThrownBy(() -> context(settings).tls())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(words);
    }

    @Test
    void proxy_isRead() {
        ProxySettings settings = context(Map.of(
                        "backstay.proxy.address", " http://proxy.test:3128 ",
                        "backstay.proxy.user", "ada",
                        "backstay.proxy.password", "secret",
                        "backstay.proxy.direct", "a.test, *.b.test"))
                .proxy()
                .orElseThrow();

        assertThat(settings).hasToString("proxy http://proxy.test:3128 with a user");
        assertThat(settings.password()).contains("secret");
        assertThat(settings.appliesTo("x.b.test")).isFalse();
        assertThat(settings.appliesTo("c.test")).isTrue();
    }

    @Test
    void proxy_inHalves_isRefusedWithoutShowingSecrets() {
        String address = "http://proxy.test:3128";
        assertProxyRefused(
                Map.of("backstay.proxy.address", address, "backstay.proxy.password", "secret"), "backstay.proxy.user");
        assertProxyRefused(
                Map.of("backstay.proxy.address", address, "backstay.proxy.user", "ada"), "backstay.proxy.password");
        assertProxyRefused(
                Map.of("backstay.proxy.user", "ada", "backstay.proxy.password", "secret"), "backstay.proxy.address");
        assertProxyRefused(Map.of("backstay.proxy.address", "http://ada:secret@a b"), "backstay.proxy.address");
    }

    private static void assertProxyRefused(Map<String, String> settings, String words) {
        assertThatThrownBy(() -> context(settings).proxy())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(words)
                .hasNoCause()
                .hasMessageNotContaining("secret");
    }

    @Test
    void settings_areDescribed() {
        assertThat(Settings.all())
                .extracting(Setting::name)
                .contains(
                        "backstay.tls.trust",
                        "backstay.tls.certificate",
                        "backstay.tls.key",
                        "backstay.tls.key-password",
                        "backstay.proxy.address",
                        "backstay.proxy.user",
                        "backstay.proxy.password",
                        "backstay.proxy.direct");
    }
}
