package io.backstay.store.redis;

import io.backstay.localredis.RedisBinary;
import io.backstay.localredis.RedisProcess;
import io.backstay.testkit.StateStoreContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A Redis that speaks TLS at one port and none at the other, with the testkit's certificates. */
final class TlsServer implements AutoCloseable {

    private final RedisProcess redis;
    private final int tlsPort;

    private TlsServer(RedisProcess redis, int tlsPort) {
        this.redis = redis;
        this.tlsPort = tlsPort;
    }

    /** Whether the binary was built with TLS; that for Linux on x86-64 is. */
    static boolean isPossible() {
        try {
            Process tried = new ProcessBuilder(RedisBinary.path(), "--port", "0", "--tls-port", "1")
                    .redirectErrorStream(true)
                    .start();
            String words = new String(tried.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            tried.waitFor(10, TimeUnit.SECONDS);
            return words.contains("tls-cert-file");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** @param certificate the name of the server's, as {@code server} or {@code elsewhere} */
    static TlsServer start(String certificate, String... settings) {
        int port = RedisProcess.freePort();
        List<String> all = new ArrayList<>(List.of(
                "--tls-port", String.valueOf(port),
                "--tls-cert-file", file(certificate).toString(),
                "--tls-key-file", file(certificate + ".key").toString(),
                "--tls-ca-cert-file", file("ca").toString()));
        all.addAll(List.of(settings));
        return new TlsServer(RedisProcess.server(all.toArray(String[]::new)), port);
    }

    /** The text of one of the testkit's certificates or keys. */
    static String pem(String name) {
        String file = "tls/" + name + ".pem";
        try (InputStream in = Objects.requireNonNull(StateStoreContract.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(String name) {
        try {
            Path file = Files.createTempFile("backstay-" + name, ".pem");
            file.toFile().deleteOnExit();
            Files.writeString(file, pem(name));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RedisProcess redis() {
        return redis;
    }

    String uri() {
        return "rediss://localhost:" + tlsPort;
    }

    @Override
    public void close() {
        redis.close();
    }
}
