package io.backstay;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom to trust over TLS, and who to be: certificates and a key from PEM. Immutable and thread-safe; files are read once,
 * when it is built.
 *
 * <p>A server must always prove the host name it is called by; there is no way to switch that off. Versions and cipher
 * suites are the JVM's.
 */
public final class TlsSettings {

    private final X509TrustManager trustManager;
    private final List<KeyManager> keyManagers;
    private final SSLContext context;
    private final String words;

    private TlsSettings(X509TrustManager trustManager, List<KeyManager> keyManagers, SSLContext context, String words) {
        this.trustManager = trustManager;
        this.keyManagers = keyManagers;
        this.context = context;
        this.words = words;
    }

    /** A builder that, with nothing set, trusts whom the JVM trusts and has no identity. */
    public static Builder builder() {
        return new Builder();
    }

    /** Makes connections with this trust and this identity; always the same one. */
    public SSLContext sslContext() {
        return context;
    }

    /** The trust of {@link #sslContext()}, for clients that want it beside the context. */
    public X509TrustManager trustManager() {
        return trustManager;
    }

    /** The identity of {@link #sslContext()}, for clients that make a context of their own; empty without one. */
    public List<KeyManager> keyManagers() {
        return keyManagers;
    }

    /** Counts and the own subject, no keys. */
    @Override
    public String toString() {
        return words;
    }

    /** What TLS settings are made of. Not thread-safe. */
    public static final class Builder {

        private final List<Pem> trust = new ArrayList<>();
        private boolean systemTrust;
        private @Nullable Pem certificate;
        private @Nullable Pem key;
        private @Nullable String keyPassword;

        private Builder() {}

        /**
         * Trusts the certificates in this file, one or several, in place of those the JVM trusts. May be called again.
         *
         * @throws ConfigurationException when the file cannot be read
         */
        public Builder trust(Path file) {
            String setting = Settings.TLS_TRUST.name();
            trust.add(Pem.ofFile(setting, Require.nonNull(setting, file)));
            return this;
        }

        /** Trusts the certificates in this text, as {@link #trust(Path)} does those in a file. */
        public Builder trust(String pem) {
            String setting = Settings.TLS_TRUST.name();
            trust.add(Pem.ofText(setting, Require.nonNull(setting, pem)));
            return this;
        }

        /** Trusts whom the JVM trusts as well; of no effect where nothing else is trusted. */
        public Builder andSystemTrust() {
            systemTrust = true;
            return this;
        }

        /**
         * Who to be where a server asks for a certificate.
         *
         * @param certificates the own certificate first, then each the issuer of the one before; the root may be left out
         * @param privateKey PKCS#8, of RSA, EC or Ed25519, encrypted or not
         * @throws ConfigurationException when a file cannot be read
         */
        public Builder identity(Path certificates, Path privateKey) {
            String first = Settings.TLS_CERTIFICATE.name();
            String second = Settings.TLS_KEY.name();
            certificate = Pem.ofFile(first, Require.nonNull(first, certificates));
            key = Pem.ofFile(second, Require.nonNull(second, privateKey));
            return this;
        }

        /** Who to be, by the texts of what {@link #identity(Path, Path)} reads from files. */
        public Builder identity(String certificates, String privateKey) {
            String first = Settings.TLS_CERTIFICATE.name();
            String second = Settings.TLS_KEY.name();
            certificate = Pem.ofText(first, Require.nonNull(first, certificates));
            key = Pem.ofText(second, Require.nonNull(second, privateKey));
            return this;
        }

        /** The password of an encrypted key; of no effect on one that is not. */
        public Builder keyPassword(String password) {
            keyPassword = Require.nonNull(Settings.TLS_KEY_PASSWORD.name(), password);
            return this;
        }

        /**
         * Reads and checks everything.
         *
         * @throws ConfigurationException when a certificate or the key is missing, damaged or of an unknown kind, when they do
         *     not belong together, when the password is missing or wrong, or when the own certificate is not valid today
         */
        public TlsSettings build() {
            TlsIdentity identity = identity();
            X509TrustManager manager = trust.isEmpty() ? TlsTrust.system() : TlsTrust.of(trusted());
            String words =
                    "trusts " + (trust.isEmpty() ? "as the JVM" : manager.getAcceptedIssuers().length + " issuers")
                            + (identity == null ? ", no identity" : ", is " + identity);
            KeyManager[] keys =
                    identity == null ? new KeyManager[0] : identity.keyManagers(String.valueOf(certificate));
            return new TlsSettings(manager, List.of(keys), context(manager, keys), words);
        }

        private @Nullable TlsIdentity identity() {
            if (certificate == null || key == null) {
                if (keyPassword != null) {
                    throw new ConfigurationException(
                            Settings.TLS_KEY_PASSWORD.name() + " is set without " + Settings.TLS_KEY.name());
                }
                return null;
            }
            return TlsIdentity.read(certificate, key, keyPassword);
        }

        private Set<X509Certificate> trusted() {
            Set<X509Certificate> trusted = new LinkedHashSet<>();
            trust.forEach(pem -> trusted.addAll(PemCertificates.read(pem)));
            if (systemTrust) {
                trusted.addAll(List.of(TlsTrust.system().getAcceptedIssuers()));
            }
            return trusted;
        }

        private static SSLContext context(X509TrustManager manager, KeyManager[] keys) {
            try {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(keys, new TrustManager[] {manager}, null);
                return context;
            } catch (GeneralSecurityException e) {
                throw new ConfigurationException("this JVM has no TLS", e);
            }
        }
    }
}
