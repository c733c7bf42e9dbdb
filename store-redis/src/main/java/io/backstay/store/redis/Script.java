package io.backstay.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;

/** The operations on a table, each a Lua script beside this class, with {@code table.lua} in front. */
@SuppressWarnings("ImmutableEnumChecker") // the arrays are never written to
enum Script {
    APPLY(true),
    GET(false),
    RENEW(true),
    CHANGES(false),
    POSITION(false),
    SWEEP(true);

    private final boolean changes;
    private final byte[] text;
    private final byte[] digest;

    Script(boolean changes) {
        this.changes = changes;
        this.text = (read("table") + read(name().toLowerCase(Locale.ROOT))).getBytes(StandardCharsets.US_ASCII);
        this.digest = digest(text);
    }

    /** Whether a caller must be told that it may have been done. */
    boolean changes() {
        return changes;
    }

    byte[] text() {
        return text;
    }

    /** By which a server knows it once it has seen it. */
    byte[] digest() {
        return digest;
    }

    private static String read(String name) {
        String file = name + ".lua";
        try (InputStream in = Objects.requireNonNull(Script.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] digest(byte[] text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text);
            return HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
