package io.backstay.store.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A cluster's word that a slot is somewhere else.
 *
 * @param asking whether for this once only, while the slot is on its way
 */
record Redirection(boolean asking, int slot, Node node) {

    private static final Pattern TEXT = Pattern.compile("(MOVED|ASK) ([0-9]{1,5}) (.*):([0-9]{1,5})");

    /** @param from who says so: a server that does not know its own name names none */
    static @Nullable Redirection parse(String message, Node from) {
        Matcher text = TEXT.matcher(message.trim());
        if (!text.matches()) {
            return null;
        }
        int slot = Integer.parseInt(text.group(2));
        int port = Integer.parseInt(text.group(4));
        if (slot >= SlotMap.SLOTS || port < 1 || port > 65_535) {
            return null;
        }
        String host = text.group(3).isEmpty() ? from.host() : text.group(3);
        return new Redirection(text.group(1).equals("ASK"), slot, Node.of(host, port));
    }
}
