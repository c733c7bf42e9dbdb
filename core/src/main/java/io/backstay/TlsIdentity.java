package io.backstay;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/** A certificate with its chain and its key, checked to belong together. Immutable. */
final class TlsIdentity {

    private static final byte[] PROOF = {'b', 'a', 'c', 'k', 's', 't', 'a', 'y'};
    private static final char[] NO_PASSWORD = {};

    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private TlsIdentity(List<X509Certificate> chain, PrivateKey key) {
        this.chain = chain;
        this.key = key;
    }

    static TlsIdentity read(Pem certificate, Pem key, @Nullable String password) {
        List<X509Certificate> chain = PemCertificates.read(certificate);
        requireValid(certificate, chain.get(0));
        PrivateKey privateKey = PemPrivateKey.read(key, password);
        if (!belong(privateKey, chain.get(0))) {
            throw new ConfigurationException(
                    key.source() + " holds a key that does not belong to the first certificate of "
                            + certificate.source() + " " + chain.get(0).getSubjectX500Principal());
        }
        return new TlsIdentity(chain, privateKey);
    }

    private static void requireValid(Pem source, X509Certificate own) {
        try {
            own.checkValidity();
        } catch (CertificateExpiredException e) {
            throw new ConfigurationException(
                    source.source() + " expired at " + own.getNotAfter().toInstant(), e);
        } catch (CertificateNotYetValidException e) {
            throw new ConfigurationException(
                    source.source() + " is not valid before "
                            + own.getNotBefore().toInstant(),
                    e);
        }
    }

    private static boolean belong(PrivateKey key, X509Certificate certificate) {
        String method = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signer = Signature.getInstance(method);
            signer.initSign(key);
            signer.update(PROOF);
            byte[] signature = signer.sign();
            signer.initVerify(certificate.getPublicKey());
            signer.update(PROOF);
            return signer.verify(signature);
        } catch (GeneralSecurityException ofAnotherKind) {
            return false;
        }
    }

    KeyManager[] keyManagers(String source) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new ConfigurationException(
                    source + " is no chain; wanted: the own certificate first, then each the issuer of the one before",
                    e);
        }
    }

    @Override
    public String toString() {
        return chain.get(0).getSubjectX500Principal().toString();
    }
}
