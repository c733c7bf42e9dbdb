package io.backstay.guard;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** What has to be known of stages that the user's code gives. */
final class Stages {

    private Stages() {}

    /** The stage; code that gave none has failed. */
    static <T> CompletionStage<T> required(@Nullable CompletionStage<T> stage) {
        return stage != null
                ? stage
                : CompletableFuture.failedFuture(new NullPointerException("the guarded code gave no stage"));
    }

    /** Ends a stage that nobody waits for any more, where that can be done. */
    static void cancel(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture().cancel(true);
        } catch (UnsupportedOperationException cannotBeCancelled) {
            // A stage need not be a future; what it gives is dropped when it comes.
        }
    }

    /** What a stage has failed with, without what the JDK wraps round it. */
    static Throwable causeOf(Throwable thrown) {
        Throwable failure = thrown;
        while ((failure instanceof CompletionException || failure instanceof ExecutionException)
                && failure.getCause() != null) {
            failure = failure.getCause();
        }
        return failure;
    }
}
