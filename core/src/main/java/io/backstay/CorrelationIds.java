package io.backstay;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes and checks correlation ids. */
public final class CorrelationIds {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    private CorrelationIds() {}

    /** A new id: 128 bits of chance as 32 hexadecimal digits, the form of a W3C trace id. Not a secret. */
    public static String next(RandomGenerator random) {
        byte[] digits = new byte[32];
        write(random.nextLong(), digits, 0);
        write(random.nextLong(), digits, 16);
        return new String(digits, StandardCharsets.ISO_8859_1);
    }

    /** Whether what came from outside may go into logs and on to others: 1 to 128 visible ASCII characters. */
    public static boolean isSafe(@Nullable String id) {
        return id != null && !id.isEmpty() && id.length() <= 128 && id.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    private static void write(long bits, byte[] digits, int from) {
        for (int i = 0; i < 16; i++) {
            digits[from + i] = HEX[(int) (bits >>> (60 - 4 * i)) & 0xF];
        }
    }
}
