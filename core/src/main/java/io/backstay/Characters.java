package io.backstay;

import java.util.Locale;

/** Names characters that may not be shown as they are. */
final class Characters {

    private Characters() {}

    /** As {@code the character U+000A at position 3}. */
    static String describe(char c, int position) {
        String digits = Integer.toHexString(c).toUpperCase(Locale.ROOT);
        return "the character U+" + "0".repeat(4 - digits.length()) + digits + " at position " + position;
    }
}
