package io.backstay.registry;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps one of each value that many instances have: names, zones, sets of capabilities. Bounded: what comes when it is full is not shared.
 * Thread-safe.
 */
final class Interner {

    private static final int MOST = 50_000;

    private final Map<Object, Object> known = new ConcurrentHashMap<>();

    /** The first value that was equal to this one. */
    @SuppressWarnings("unchecked") // Values are kept under themselves.
    <T> T share(T value) {
        Object before = known.get(value);
        if (before != null) {
            return (T) before;
        }
        if (known.size() < MOST) {
            before = known.putIfAbsent(value, value);
        }
        return before != null ? (T) before : value;
    }
}
