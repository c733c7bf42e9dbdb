package io.backstay;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Reads X.509 certificates out of {@link Pem}. */
final class PemCertificates {

    private PemCertificates() {}

    /**
     * All certificates, in order.
     *
     * @throws ConfigurationException when there is none, or one is none
     */
    static List<X509Certificate> read(Pem pem) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Pem.Block block : pem.blocks()) {
            if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                certificates.add(certificate(pem, block));
            }
        }
        if (certificates.isEmpty()) {
            throw new ConfigurationException(
                    pem.source() + " holds no certificate; wanted: PEM, which begins with -----BEGIN CERTIFICATE-----");
        }
        return certificates;
    }

    private static X509Certificate certificate(Pem pem, Pem.Block block) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(block.octets()));
        } catch (CertificateException e) {
            throw new ConfigurationException(pem.source() + " is damaged: what it holds as certificate is none", e);
        }
    }
}
