package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportResponse;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An exchange under way. {@code caller} is the thread that blocks in it, if any. */
record Started(
        TransportCall call,
        CompletableFuture<TransportResponse> future,
        @Nullable Thread caller) {

    /** Generous: none of the cases needs a tenth of it on a quiet machine. */
    static final long BOUND_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** Waits for its response. */
    TransportResponse response() throws InterruptedException {
        Throwable thrown = ended();
        if (thrown != null) {
            throw new AssertionError("expected a response, but the exchange failed", thrown);
        }
        TransportResponse response = future.join();
        if (response == null) {
            throw new AssertionError("expected a response, but null came");
        }
        return response;
    }

    /** Waits for its failure. */
    ExchangeException failure() throws InterruptedException {
        if (ended() instanceof ExchangeException failure) {
            return failure;
        }
        throw new AssertionError("expected an ExchangeException, but this came: " + future, ended());
    }

    /** Waits for its failure, which must be of one of these kinds. */
    ExchangeException failure(FailureKind... kinds) throws InterruptedException {
        ExchangeException failure = failure();
        if (!List.of(kinds).contains(failure.kind())) {
            throw new AssertionError(
                    "expected " + Arrays.toString(kinds) + ", but it failed as " + failure.kind(), failure);
        }
        return failure;
    }

    /** What it ended with, exactly as the future holds it; null for a response. */
    @Nullable
    Throwable ended() throws InterruptedException {
        if (!SystemTime.shared().await(future, BOUND_NANOS)) {
            throw new AssertionError("the exchange has not ended within the bound");
        }
        return future.handle((response, thrown) -> thrown).join();
    }
}
