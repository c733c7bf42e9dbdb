package io.backstay;

import java.util.Locale;

/** Names characters that may not be shown as they are. */
final class Characters {

    private Characters() {}

    /** As {@code the character U+000A at position 3}. */
    static String describe(int codePoint, int position) {
        String digits = Integer.toHexString(codePoint).toUpperCase(Locale.ROOT);
        return "the character U+" + "0".repeat(Math.max(0, 4 - digits.length())) + digits + " at position " + position;
    }
}
