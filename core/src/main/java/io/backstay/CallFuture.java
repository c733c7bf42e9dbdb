package io.backstay;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The future of a call. However it ends before the call does, by {@code cancel}, {@code orTimeout} or
 * {@code completeExceptionally}, the exchange ends with it and its connection is freed.
 */
final class CallFuture<T> extends CompletableFuture<T> {

    private volatile boolean endedByCall;

    /** The call has its value; a stream that comes too late for its caller is closed. */
    void succeed(T value) {
        endedByCall = true;
        if (!complete(value)) {
            close(value instanceof Result<?> result && result.hasValue() ? result.orElseThrow() : value);
        }
    }

    private static void close(@Nullable Object late) {
        if (late instanceof StreamedResponse stream) {
            stream.close();
        }
    }

    /** The call has failed. */
    void fail(CallException failure) {
        endedByCall = true;
        completeExceptionally(failure);
    }

    CallFuture<T> cancelledBy(Runnable cancellation) {
        var unused = whenComplete((value, failure) -> {
            if (!endedByCall) {
                cancellation.run();
            }
        });
        return this;
    }

    /** Dependent stages are plain: they end no exchange of their own. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
