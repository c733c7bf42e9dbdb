package io.backstay.guard;

import io.backstay.CallException;
import io.backstay.Fallback;
import io.backstay.Result;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a caller gets for how its asynchronous call has ended. Stateless.
 *
 * @param <T> what the code gives
 * @param <R> what the caller gets
 */
interface AsyncEnding<T, R> {

    /** For a success. */
    R ofValue(T value);

    /** For a failure, now or later; fails with that very failure, or throws it, where nothing comes in its place. */
    CompletionStage<R> ofFailure(FailedCall failed);

    /** The value itself, or the fallback's. */
    static <T> AsyncEnding<T, T> value(@Nullable Function<? super CallException, ? extends T> fallback) {
        return new Plain<>() {
            @Override
            public CompletionStage<T> ofFailure(FailedCall failed) {
                return CompletableFuture.completedFuture(Answers.<T>of(failed, fallback));
            }
        };
    }

    /** The value itself, or that of the stage which the fallback gives. */
    static <T> AsyncEnding<T, T> stage(Function<FailedCall, ? extends CompletionStage<T>> fallback) {
        return new Plain<>() {
            @Override
            public CompletionStage<T> ofFailure(FailedCall failed) {
                return Answers.later(failed, fallback);
            }
        };
    }

    /** How it ended. */
    static <T> AsyncEnding<T, Result<T>> result(@Nullable Fallback fallback) {
        return new AsyncEnding<>() {
            @Override
            public Result<T> ofValue(T value) {
                return new Result.Success<>(value);
            }

            @Override
            public CompletionStage<Result<T>> ofFailure(FailedCall failed) {
                return CompletableFuture.completedFuture(Answers.result(failed, fallback));
            }
        };
    }

    /** Whose successes are handed on as they are. */
    interface Plain<T> extends AsyncEnding<T, T> {
        @Override
        default T ofValue(T value) {
            return value;
        }
    }
}
