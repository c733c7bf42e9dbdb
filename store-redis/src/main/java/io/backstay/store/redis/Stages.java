package io.backstay.store.redis;

import io.backstay.spi.StateStoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Steps after a future that let a failure through as it is; the JDK's own wrap it. */
final class Stages {

    private Stages() {}

    /** Does something once a stage has ended, one way or the other; what that throws is lost. */
    @SuppressWarnings("FutureReturnValueIgnored")
    static <T> void whenDone(CompletionStage<T> stage, BiConsumer<? super T, ? super @Nullable Throwable> then) {
        stage.whenComplete(then);
    }

    /** What a function makes of the outcome; what the function throws is a failure. */
    static <T, R> CompletableFuture<R> map(CompletableFuture<T> stage, Function<? super T, ? extends R> function) {
        CompletableFuture<R> mapped = new CompletableFuture<>();
        whenDone(stage, (value, error) -> {
            if (error != null) {
                mapped.completeExceptionally(bare(error));
                return;
            }
            try {
                mapped.complete(function.apply(value));
            } catch (RuntimeException e) {
                mapped.completeExceptionally(bare(e));
            }
        });
        return mapped;
    }

    /** What comes of the stage that a function makes of the outcome. */
    @SuppressWarnings("FutureReturnValueIgnored") // a future of a future, looked into here
    static <T, R> CompletableFuture<R> compose(
            CompletableFuture<T> stage, Function<? super T, CompletableFuture<R>> function) {
        CompletableFuture<R> composed = new CompletableFuture<>();
        whenDone(map(stage, function), (next, error) -> {
            if (error != null) {
                composed.completeExceptionally(error);
                return;
            }
            whenDone(next, (value, later) -> {
                if (later != null) {
                    composed.completeExceptionally(bare(later));
                } else {
                    composed.complete(value);
                }
            });
        });
        return composed;
    }

    private static Throwable bare(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause instanceof StateStoreException ? cause : Replies.damaged();
    }
}
