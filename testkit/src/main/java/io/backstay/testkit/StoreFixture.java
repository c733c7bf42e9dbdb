package io.backstay.testkit;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/** What the contracts of the stores share: what ends with the case, and bounded waits on the store's own time. */
@Timeout(120)
abstract class StoreFixture {

    /** Generous: none of the cases needs a tenth of it on a quiet machine. */
    static final Duration BOUND = Duration.ofSeconds(10);

    /** What an operation may take beyond the command timeout on a busy machine. */
    static final Duration SLACK = Duration.ofSeconds(2);

    static final int SLACK_THREADS = 3;
    static final int WRITERS = 8;

    private static final Duration POLL = Duration.ofMillis(2);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    abstract ProviderContext surroundings();

    abstract void pass(Duration time);

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    <C extends AutoCloseable> C closing(C resource) {
        opened.push(resource);
        return resource;
    }

    static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte @Nullable [] octets) {
        return octets == null ? "nothing" : new String(octets, StandardCharsets.UTF_8);
    }

    /** Waits for what comes of an operation. */
    <T> T value(CompletionStage<T> stage) {
        Throwable thrown = ended(stage);
        if (thrown != null) {
            throw new AssertionError("expected a value, but the operation failed: " + thrown, thrown);
        }
        return stage.toCompletableFuture().join();
    }

    /** Waits for a failure, which must stand in the stage as it is. */
    StateStoreException failure(CompletionStage<?> stage) {
        Throwable thrown = ended(stage);
        if (thrown instanceof StateStoreException failure) {
            return failure;
        }
        throw new AssertionError("expected a StateStoreException, but this came: " + thrown, thrown);
    }

    StateStoreException failure(CompletionStage<?> stage, Reason reason) {
        StateStoreException failure = failure(stage);
        assertThat(failure.reason()).as(failure.getMessage()).isEqualTo(reason);
        return failure;
    }

    /** What it ended with, exactly as the stage tells it; null for a value. */
    @Nullable
    Throwable ended(CompletionStage<?> stage) {
        var thrown =
                stage.handle((value, failure) -> Optional.ofNullable(failure)).toCompletableFuture();
        try {
            if (!surroundings().waiter().await(thrown, BOUND.toNanos())) {
                throw new AssertionError("an operation has not ended within the bound");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        return thrown.join().orElse(null);
    }

    void awaitUntil(String what, BooleanSupplier condition) {
        long until = surroundings().time().nanoTime() + BOUND.toNanos();
        while (!condition.getAsBoolean()) {
            if (surroundings().time().nanoTime() - until > 0) {
                throw new AssertionError("within the bound this has not happened: " + what);
            }
            pass(POLL);
        }
    }
}
