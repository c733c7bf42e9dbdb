package io.backstay.internal;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The calls on their way, so that closing can wait for them and then cancel the rest. Thread-safe. */
final class InFlight {

    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile boolean closing;

    /** Takes a call in, unless closing has begun. */
    boolean enter(Call call) {
        calls.add(call);
        if (!closing) {
            return true;
        }
        leave(call);
        return false;
    }

    void leave(Call call) {
        calls.remove(call);
        if (closing && calls.isEmpty()) {
            drained.complete(null);
        }
    }

    boolean isClosing() {
        return closing;
    }

    /** Takes no more calls in; the future is done when the last has left. */
    CompletableFuture<Void> close() {
        closing = true;
        if (calls.isEmpty()) {
            drained.complete(null);
        }
        return drained;
    }

    void forEach(Consumer<Call> action) {
        calls.forEach(action);
    }
}
