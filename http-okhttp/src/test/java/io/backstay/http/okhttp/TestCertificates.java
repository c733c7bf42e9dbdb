package io.backstay.http.okhttp;

import io.backstay.TlsSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** An issuer, a server and a client, made anew for each run. */
final class TestCertificates {

    private static final HeldCertificate ISSUER = issuer();
    private static final HeldCertificate SERVER = new HeldCertificate.Builder()
            .addSubjectAlternativeName("127.0.0.1")
            .addSubjectAlternativeName("service.test")
            .signedBy(ISSUER)
            .build();
    private static final HeldCertificate CLIENT =
            new HeldCertificate.Builder().signedBy(ISSUER).build();
    private static final HeldCertificate STRANGER =
            new HeldCertificate.Builder().signedBy(issuer()).build();

    private TestCertificates() {}

    private static HeldCertificate issuer() {
        return new HeldCertificate.Builder().certificateAuthority(0).build();
    }

    /** Trusts the server and is nobody. */
    static TlsSettings anonymous() {
        return trusting().build();
    }

    /** Trusts the server, and is whom it trusts. */
    static TlsSettings known() {
        return trusting()
                .identity(CLIENT.certificatePem(), CLIENT.privateKeyPkcs8Pem())
                .build();
    }

    /** Trusts the server, and is somebody from elsewhere. */
    static TlsSettings stranger() {
        return trusting()
                .identity(STRANGER.certificatePem(), STRANGER.privateKeyPkcs8Pem())
                .build();
    }

    private static TlsSettings.Builder trusting() {
        return TlsSettings.builder().trust(ISSUER.certificatePem());
    }

    static HandshakeCertificates server() {
        return new HandshakeCertificates.Builder()
                .heldCertificate(SERVER)
                .addTrustedCertificate(ISSUER.certificate())
                .build();
    }

    static SSLSocketFactory serverSockets() {
        return server().sslSocketFactory();
    }

    /** Listens on loopback by this version of TLS alone. */
    static ServerSocket listener(String version, boolean wantsCertificate) throws IOException {
        SSLServerSocket listener = (SSLServerSocket) server().sslContext()
                .getServerSocketFactory()
                .createServerSocket(0, 64, InetAddress.getLoopbackAddress());
        listener.setEnabledProtocols(new String[] {version});
        listener.setNeedClientAuth(wantsCertificate);
        return listener;
    }
}
