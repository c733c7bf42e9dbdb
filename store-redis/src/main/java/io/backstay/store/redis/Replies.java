package io.backstay.store.redis;

import io.backstay.spi.StateStoreException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Takes a server's answers apart. What is not as it must be is an exception, never something half understood. */
final class Replies {

    private Replies() {}

    static byte[] octets(List<?> array, int index) {
        if (index < array.size() && array.get(index) instanceof byte[] octets) {
            return octets;
        }
        throw damaged();
    }

    static String text(List<?> array, int index) {
        return new String(octets(array, index), StandardCharsets.UTF_8);
    }

    static boolean flag(List<?> array, int index) {
        return text(array, index).equals("1");
    }

    static long number(List<?> array, int index) {
        if (index < array.size() && array.get(index) instanceof Long number) {
            return number;
        }
        try {
            return Long.parseLong(text(array, index));
        } catch (NumberFormatException e) {
            throw damaged();
        }
    }

    static StateStoreException damaged() {
        return new StateStoreException(
                StateStoreException.Reason.DAMAGED, true, "Redis answered with something else than asked for", null);
    }
}
