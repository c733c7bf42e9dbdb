package io.backstay;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Makes the JDK's trust manager of certificates. */
final class TlsTrust {

    private TlsTrust() {}

    /** What the JVM itself trusts. */
    static X509TrustManager system() {
        try {
            return manager(null);
        } catch (GeneralSecurityException e) {
            throw new ConfigurationException("the JVM's own trusted certificates cannot be read", e);
        }
    }

    /** These certificates and nothing else. */
    static X509TrustManager of(Collection<X509Certificate> certificates) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (X509Certificate certificate : certificates) {
                store.setCertificateEntry("trusted-" + store.size(), certificate);
            }
            return manager(store);
        } catch (GeneralSecurityException | IOException e) {
            throw new ConfigurationException(Settings.TLS_TRUST.name() + " cannot be used", e);
        }
    }

    private static X509TrustManager manager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trust) {
                return trust;
            }
        }
        throw new GeneralSecurityException("no X509TrustManager among " + List.of(factory.getTrustManagers()));
    }
}
