package io.backstay;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Reads a private key, PKCS#8 and nothing else, out of {@link Pem}. Failures hold neither key nor password. */
final class PemPrivateKey {

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
    private static final String PASSWORD = Settings.TLS_KEY_PASSWORD.name();
    private static final String CONVERT = "openssl pkcs8 -topk8 -in old.pem -out new.pem";

    private PemPrivateKey() {}

    /**
     * The first private key.
     *
     * @param password null where the key is not encrypted
     * @throws ConfigurationException when there is none, or it cannot be used
     */
    static PrivateKey read(Pem pem, @Nullable String password) {
        for (Pem.Block block : pem.blocks()) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return key(pem, new PKCS8EncodedKeySpec(block.octets()));
                }
                case "ENCRYPTED PRIVATE KEY" -> {
                    return key(pem, decrypt(pem, block.octets(), password));
                }
                case "RSA PRIVATE KEY" -> throw refusal(pem, "PKCS#1");
                case "EC PRIVATE KEY" -> throw refusal(pem, "SEC1");
                default -> {
                    // Certificates and parameters may stand beside the key.
                }
            }
        }
        throw new ConfigurationException(pem.source()
                + " holds no private key; wanted: PEM of PKCS#8, which begins with -----BEGIN PRIVATE KEY-----"
                + " or -----BEGIN ENCRYPTED PRIVATE KEY-----");
    }

    private static ConfigurationException refusal(Pem pem, String form) {
        return new ConfigurationException(
                pem.source() + " holds its key as " + form + "; wanted: PKCS#8. To convert it: " + CONVERT);
    }

    private static PrivateKey key(Pem pem, PKCS8EncodedKeySpec encoded) {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException | NoSuchAlgorithmException another) {
                // The next may know it.
            }
        }
        throw new ConfigurationException(
                pem.source() + " holds no key that can be used, or a damaged one; allowed: RSA, EC, Ed25519");
    }

    private static PKCS8EncodedKeySpec decrypt(Pem pem, byte[] octets, @Nullable String password) {
        if (password == null) {
            throw new ConfigurationException(pem.source() + " holds an encrypted key, and " + PASSWORD + " is not set");
        }
        EncryptedPrivateKeyInfo info;
        Cipher cipher;
        try {
            info = new EncryptedPrivateKeyInfo(octets);
            String method = methodOf(info);
            cipher = Cipher.getInstance(method);
            cipher.init(Cipher.DECRYPT_MODE, secret(method, password), info.getAlgParameters());
        } catch (IOException | GeneralSecurityException e) {
            throw new ConfigurationException(
                    pem.source() + " holds a key that is damaged, or encrypted in a way that this JVM does not know."
                            + " To encrypt it anew: " + CONVERT,
                    e);
        }
        try {
            return info.getKeySpec(cipher);
        } catch (InvalidKeySpecException wrong) {
            throw new ConfigurationException(PASSWORD + " is not the password of the key in " + pem.source());
        }
    }

    /** For PBES2 older JVMs give no more than its family as name; its parameters' text is the whole name. */
    private static String methodOf(EncryptedPrivateKeyInfo info) {
        String name = info.getAlgName();
        boolean isFamily = name.equals("PBES2") || name.equals("1.2.840.113549.1.5.13");
        return isFamily && info.getAlgParameters() != null
                ? info.getAlgParameters().toString()
                : name;
    }

    private static Key secret(String method, String password) throws GeneralSecurityException {
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray());
        try {
            return SecretKeyFactory.getInstance(method).generateSecret(spec);
        } finally {
            spec.clearPassword();
        }
    }
}
