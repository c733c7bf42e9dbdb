package io.backstay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TlsSettingsTest {

    private static final String PASSWORD = "rope-and-sail";

    @TempDir
    Path directory;

    private static Path file(String name) {
        try {
            URL found = TlsSettingsTest.class.getResource("tls/" + name);
            return Path.of(Objects.requireNonNull(found, name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(String name) throws IOException {
        return Files.readString(file(name));
    }

    private Path written(String text) throws IOException {
        return Files.writeString(directory.resolve("written.pem"), text);
    }

    private static TlsSettings.Builder identity(String certificate, String key) {
        return TlsSettings.builder().trust(file("ca.pem")).identity(file(certificate), file(key));
    }

    /** Shakes hands with a server that asks for a certificate of the test CA, and gives the name it was told. */
    private static String nameAtServer(TlsSettings client) throws Exception {
        TlsSettings server = identity("rsa.pem", "rsa.key.pem").build();
        try (SSLServerSocket listener = (SSLServerSocket) server.sslContext()
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listener.setNeedClientAuth(true);
            CompletableFuture<String> name = CompletableFuture.supplyAsync(() -> {
                try (SSLSocket socket = (SSLSocket) listener.accept()) {
                    return socket.getSession().isValid()
                            ? socket.getSession().getPeerPrincipal().getName()
                            : "none";
                } catch (SSLException refused) {
                    return "none";
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            try (SSLSocket socket = (SSLSocket) client.sslContext()
                    .getSocketFactory()
                    .createSocket(listener.getInetAddress(), listener.getLocalPort())) {
                socket.startHandshake();
                return name.get(15, TimeUnit.SECONDS);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rsa, rsa.key.pem",
        "ec, ec.key.pem",
        "ed25519, ed25519.key.pem",
        "rsa, rsa-encrypted.key.pem",
        "ec, ec-encrypted.key.pem",
        "ed25519, ed25519-encrypted.key.pem"
    })
    void identity_ofEachKindOfKey_isShownToTheServer(String kind, String key) throws Exception {
        TlsSettings settings =
                identity(kind + ".pem", key).keyPassword(PASSWORD).build();

        assertThat(nameAtServer(settings)).isEqualTo("CN=" + kind + " client");
        assertThat(settings).hasToString("trusts 1 issuers, is CN=" + kind + " client");
    }

    @Test
    void identity_asTexts_isAsGoodAsFiles() throws Exception {
        TlsSettings settings = TlsSettings.builder()
                .trust(text("ca.pem"))
                .identity(text("ec.pem") + text("ca.pem"), text("ec.key.pem"))
                .build();

        assertThat(nameAtServer(settings)).isEqualTo("CN=ec client");
    }

    @Test
    void noIdentity_isShownAsNone() throws Exception {
        assertThat(nameAtServer(TlsSettings.builder().trust(file("ca.pem")).build()))
                .isEqualTo("none");
    }

    @Test
    void trust_inAnotherIssuer_refusesTheServer() {
        TlsSettings settings = TlsSettings.builder().trust(file("other-ca.pem")).build();

        assertThatThrownBy(() -> nameAtServer(settings)).isInstanceOf(SSLException.class);
    }

    @Test
    void trust_takesSeveralFilesAndSeveralCertificatesOfOne() throws Exception {
        TlsSettings files = TlsSettings.builder()
                .trust(file("other-ca.pem"))
                .trust(file("ca.pem"))
                .build();
        TlsSettings one = TlsSettings.builder()
                .trust("# both\n" + text("other-ca.pem") + "and\r\n"
                        + text("ca.pem").replace("\n", "\r\n"))
                .build();

        assertThat(files.trustManager().getAcceptedIssuers()).hasSize(2);
        assertThat(one.trustManager().getAcceptedIssuers()).hasSize(2);
    }

    @Test
    void trust_replacesTheSystems_unlessAskedToJoinThem() {
        int system = TlsSettings.builder().build().trustManager().getAcceptedIssuers().length;
        TlsSettings both =
                TlsSettings.builder().trust(file("ca.pem")).andSystemTrust().build();

        assertThat(system).isGreaterThan(10);
        assertThat(both.trustManager().getAcceptedIssuers()).hasSize(system + 1);
        assertThat(both.sslContext()).isSameAs(both.sslContext());
    }

    private static void assertRefused(Runnable build, String... words) {
        assertThatThrownBy(build::run)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(words)
                .satisfies(refused -> {
                    for (Throwable at = refused; at != null; at = at.getCause()) {
                        assertThat(at.toString()).doesNotContain(PASSWORD).doesNotContainPattern("[A-Za-z0-9+/]{40}");
                    }
                });
    }

    @Test
    void trust_inWhatIsNoCertificate_isRefusedWithSettingAndFile() throws IOException {
        assertRefused(
                () -> TlsSettings.builder().trust(Path.of("missing.pem")),
                "backstay.tls.trust",
                "missing.pem",
                "is no file");
        assertRefused(() -> TlsSettings.builder().trust(directory), "backstay.tls.trust", "cannot be read");
        for (String text : new String[] {"", "hello", text("rsa.key.pem")}) {
            Path file = written(text);
            assertRefused(
                    () -> TlsSettings.builder().trust(file).build(),
                    "backstay.tls.trust",
                    "written.pem",
                    "holds no certificate");
        }
        String half = text("ca.pem").substring(0, 200);
        assertRefused(() -> TlsSettings.builder().trust(half).build(), "backstay.tls.trust", "is damaged");
        for (String body : new String[] {"????", "AAAA", "A", "Proc-Type: 4,ENCRYPTED", ""}) {
            String garbage = "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
            assertRefused(() -> TlsSettings.builder().trust(garbage).build(), "backstay.tls.trust", "is damaged");
        }
        assertRefused(() -> TlsSettings.builder().trust("-----BEGIN ").build(), "backstay.tls.trust", "is damaged");
    }

    @Test
    void trust_inAFileWithoutEnd_isRefusedAndNotReadToItsEnd() {
        assertRefused(() -> TlsSettings.builder().trust(Path.of("/dev/zero")), "backstay.tls.trust", "is larger than");
    }

    @ParameterizedTest
    @CsvSource({"rsa-pkcs1.key.pem, PKCS#1", "ec-sec1.key.pem, SEC1"})
    void key_inAnOldForm_isRefusedWithTheCommandThatConverts(String key, String form) {
        assertRefused(
                () -> identity("rsa.pem", key).build(),
                "backstay.tls.key",
                key,
                form,
                "PKCS#8",
                "openssl pkcs8 -topk8");
    }

    @Test
    void key_ofAnotherCertificate_isRefused() {
        for (String key : new String[] {"ec.key.pem", "ed25519.key.pem"}) {
            assertRefused(
                    () -> identity("rsa.pem", key).build(),
                    "backstay.tls.key",
                    key,
                    "does not belong",
                    "backstay.tls.certificate",
                    "rsa.pem");
        }
        assertRefused(() -> identity("ca.pem", "ec.key.pem").build(), "does not belong");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa", "ec", "ed25519"})
    void password_missingOrWrong_isRefused(String kind) {
        String key = kind + "-encrypted.key.pem";

        assertRefused(() -> identity(kind + ".pem", key).build(), "backstay.tls.key-password is not set", key);
        for (String wrong : new String[] {"rope-and-sailor", "", "sécret\u0000"}) {
            assertRefused(() -> identity(kind + ".pem", key).keyPassword(wrong).build(), "backstay.tls.key", key);
        }
    }

    @Test
    void password_withoutAKey_isRefused() {
        assertRefused(
                () -> TlsSettings.builder().keyPassword(PASSWORD).build(),
                "backstay.tls.key-password is set without backstay.tls.key");
    }

    @Test
    void key_thatIsNone_isRefused() throws IOException {
        assertRefused(() -> identity("ec.pem", "x25519.key.pem").build(), "x25519.key.pem", "RSA, EC, Ed25519");
        assertRefused(() -> identity("ec.pem", "ca.pem").build(), "backstay.tls.key", "holds no private key");
        Path damaged = written(text("ec.key.pem").replaceFirst("\n..", "\nAA"));
        assertRefused(
                () -> TlsSettings.builder().identity(file("ec.pem"), damaged).build(), "written.pem", "damaged");
        Path scrambled = written(text("ec-encrypted.key.pem").replaceFirst("\n..", "\nAA"));
        assertRefused(
                () -> TlsSettings.builder()
                        .identity(file("ec.pem"), scrambled)
                        .keyPassword(PASSWORD)
                        .build(),
                "written.pem",
                "damaged");
    }

    @Test
    void ownCertificate_thatHasExpired_isRefusedWithTheTime() {
        assertRefused(
                () -> identity("expired.pem", "rsa.key.pem").build(),
                "backstay.tls.certificate",
                "expired.pem",
                "2020-01-02T00:00:00Z");
    }

    @Test
    void chain_ofStrangers_isRefused() {
        assertRefused(
                () -> TlsSettings.builder()
                        .identity(textOf("ec.pem") + textOf("other-ca.pem"), textOf("ec.key.pem"))
                        .build(),
                "backstay.tls.certificate",
                "no chain");
    }

    private static String textOf(String name) {
        try {
            return text(name);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void nothing_isRefusedWithTheSettingsName() {
        assertRefused(() -> TlsSettings.builder().trust((Path) null), "backstay.tls.trust must not be null");
        assertRefused(() -> TlsSettings.builder().identity((String) null, ""), "backstay.tls.certificate must not");
        assertRefused(() -> TlsSettings.builder().keyPassword(null), "backstay.tls.key-password must not be null");
    }
}
