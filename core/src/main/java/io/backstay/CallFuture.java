package io.backstay;

import org.jspecify.annotations.Nullable;

/**
 * The future of a call. However it ends before the call does, by {@code cancel}, {@code orTimeout} or
 * {@code completeExceptionally}, the exchange ends with it and its connection is freed.
 */
final class CallFuture<T> extends WatchedFuture<T> {

    private volatile boolean endedByCall;
    private volatile @Nullable Runnable cancellation;

    /** The call has its value; a stream that comes too late for its caller is closed, and the answer is false. */
    boolean succeed(T value) {
        endedByCall = true;
        boolean inTime = complete(value);
        if (!inTime) {
            close(value instanceof Result<?> result && result.hasValue() ? result.orElseThrow() : value);
        }
        return inTime;
    }

    private static void close(@Nullable Object late) {
        if (late instanceof StreamedResponse stream) {
            stream.close();
        }
    }

    /** The call has failed; false when that came too late for its caller. */
    boolean fail(CallException failure) {
        endedByCall = true;
        return completeExceptionally(failure);
    }

    /** To be said before the future is handed out, so before anybody but the call could end it. */
    CallFuture<T> cancelledBy(Runnable cancels) {
        cancellation = cancels;
        return this;
    }

    @Override
    protected void ended() {
        Runnable cancels = cancellation;
        if (!endedByCall && cancels != null) {
            cancels.run();
        }
    }
}
