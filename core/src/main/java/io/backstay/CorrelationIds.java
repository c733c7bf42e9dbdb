package io.backstay;

import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes and checks correlation ids. */
public final class CorrelationIds {

    private CorrelationIds() {}

    /** A new id: 128 bits of chance as 32 hexadecimal digits, the form of a W3C trace id. Not a secret. */
    public static String next(RandomGenerator random) {
        byte[] bits = new byte[16];
        random.nextBytes(bits);
        return HexFormat.of().formatHex(bits);
    }

    /** Whether what came from outside may go into logs and on to others: 1 to 128 visible ASCII characters. */
    public static boolean isSafe(@Nullable String id) {
        return id != null && !id.isEmpty() && id.length() <= 128 && id.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }
}
