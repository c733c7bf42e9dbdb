package io.backstay.guard;

import io.backstay.CallException;
import io.backstay.Fallback;
import io.backstay.GuardPolicy;
import io.backstay.Result;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The last step of a failed call: the fallback answers, or the failure stays. A failure of the fallback's own goes along with it. */
final class Answers {

    private Answers() {}

    @SuppressWarnings("unchecked")
    static <T> @Nullable Function<? super CallException, ? extends T> of(GuardPolicy policy) {
        return policy.fallback()
                .map(fallback -> (Function<? super CallException, ? extends T>) fallback.answer())
                .orElse(null);
    }

    /** The fallback's answer; else throws what the code threw. */
    static <T> T of(FailedCall failed, @Nullable Function<? super CallException, ? extends T> fallback) {
        if (fallback != null && Verdicts.isFailure(failed.call.parts.policy, failed.failure)) {
            try {
                return answer(failed, failed.asCallException(), fallback);
            } catch (Exception next) {
                addSuppressed(failed.failure, next);
            }
        }
        throw Guard.<RuntimeException>thrown(failed.failure);
    }

    /** The answer of a fallback that gives a stage; the stage fails with what the code threw where that does. */
    static <T> CompletionStage<T> later(
            FailedCall failed, Function<FailedCall, ? extends CompletionStage<T>> fallback) {
        if (!Verdicts.isFailure(failed.call.parts.policy, failed.failure)) {
            return CompletableFuture.failedFuture(failed.failure);
        }
        CompletionStage<T> stage;
        try {
            stage = Stages.required(fallback.apply(failed));
        } catch (Exception next) {
            addSuppressed(failed.failure, next);
            return CompletableFuture.failedFuture(failed.failure);
        }
        return new Later<>(failed, stage);
    }

    /** Of a stage of the user's own, which ends with this. */
    private static final class Later<T> extends CompletableFuture<T> {

        private final FailedCall failed;

        Later(FailedCall failed, CompletionStage<T> stage) {
            this.failed = failed;
            var unused = stage.whenComplete((value, thrown) -> {
                if (thrown == null) {
                    failed.call.counters.fallbacks.increment();
                    complete(value);
                } else {
                    completeExceptionally(failure(Stages.causeOf(thrown)));
                }
            });
            var unusedToo = whenComplete((value, thrown) -> {
                if (isCancelled()) {
                    Stages.cancel(stage);
                }
            });
        }

        private Throwable failure(Throwable thrown) {
            if (!(thrown instanceof Exception next)) {
                return thrown;
            }
            addSuppressed(failed.failure, next);
            return failed.failure;
        }
    }

    static <T> Result<T> result(FailedCall failed, @Nullable Fallback fallback) {
        CallException cause = failed.asCallException();
        if (failed.failure instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        if (fallback != null && Verdicts.isFailure(failed.call.parts.policy, failed.failure)) {
            try {
                T value = Answers.<T>answer(failed, cause, cast(fallback));
                return new Result.Degraded<>(value, fallback.name(), cause);
            } catch (Exception next) {
                addSuppressed(cause, next);
            }
        }
        return new Result.Failure<>(cause);
    }

    @SuppressWarnings("unchecked")
    private static <T> Function<? super CallException, ? extends T> cast(Fallback fallback) {
        return (Function<? super CallException, ? extends T>) fallback.answer();
    }

    private static <T> T answer(
            FailedCall failed, CallException cause, Function<? super CallException, ? extends T> fallback) {
        T value = fallback.apply(cause);
        failed.call.counters.fallbacks.increment();
        return value;
    }

    /** A fallback that throws the very failure it was given, or its cause, says no more than that it does not know better. */
    @SuppressWarnings("ReferenceEquality")
    private static void addSuppressed(Exception failure, Exception next) {
        if (next != failure && next.getCause() != failure && failure.getCause() != next) {
            failure.addSuppressed(next);
        }
    }
}
