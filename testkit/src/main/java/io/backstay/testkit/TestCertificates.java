package io.backstay.testkit;

import io.backstay.TlsSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** The certificates in {@code tls}, beside the script that made them, and servers' sockets that use them. */
final class TestCertificates {

    private static final char[] NO_PASSWORD = {};

    private TestCertificates() {}

    /** The text of one of the files, without {@code .pem}. */
    static String pem(String name) {
        String file = "tls/" + name + ".pem";
        try (InputStream in = Objects.requireNonNull(TestCertificates.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** TLS 1.2 and 1.3 with HTTP/1.1, by this certificate, which may be a bad one; clients are not asked for theirs. */
    static RawServer.Layer tls(String certificate) {
        return layer(certificate, parameters -> parameters.setApplicationProtocols(new String[] {"http/1.1"}));
    }

    /** TLS by the right certificate, with this protocol alone offered above it. */
    static RawServer.Layer speaking(String protocol) {
        return layer("server", parameters -> parameters.setApplicationProtocols(new String[] {protocol}));
    }

    /** TLS of this version alone, by the right certificate, that wants a client's certificate of the right issuer. */
    static RawServer.Layer asking(String version) {
        return layer("server", parameters -> {
            parameters.setProtocols(new String[] {version});
            parameters.setNeedClientAuth(true);
        });
    }

    /** What a server asks of its sockets. */
    @FunctionalInterface
    private interface Demands {
        void put(SSLParameters parameters);
    }

    private static RawServer.Layer layer(String certificate, Demands demands) {
        SSLContext context = context(certificate);
        return plain -> {
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), true);
            socket.setUseClientMode(false);
            SSLParameters parameters = socket.getSSLParameters();
            demands.put(parameters);
            socket.setSSLParameters(parameters);
            return socket;
        };
    }

    /** By hand, since {@link TlsSettings} would refuse to be somebody who has expired. */
    private static SSLContext context(String name) {
        try {
            Certificate certificate = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem(name).getBytes(StandardCharsets.US_ASCII)));
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("own", key(name), NO_PASSWORD, new Certificate[] {certificate});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, NO_PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManager trust = TlsSettings.builder().trust(pem("ca")).build().trustManager();
            context.init(keys.getKeyManagers(), new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PrivateKey key(String name) throws GeneralSecurityException {
        String body = pem(name + ".key").replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
    }
}
