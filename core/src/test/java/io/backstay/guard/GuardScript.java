package io.backstay.guard;

import io.backstay.CallContext;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Code whose every attempt is written down beforehand, on virtual time, and how a guarded call of it ended. */
final class GuardScript {

    /** Both ways of running it, so that each scenario runs in both. */
    enum Mode {
        BLOCKING {
            @Override
            String call(Guard guard, GuardScript script) throws Throwable {
                return guard.call(script::block);
            }
        },
        ASYNC {
            @Override
            String call(Guard guard, GuardScript script) throws Throwable {
                CompletableFuture<String> future = guard.callAsync(script::stage);
                script.time.await(future);
                try {
                    return future.join();
                } catch (CompletionException e) {
                    throw e.getCause();
                }
            }
        };

        abstract String call(Guard guard, GuardScript script) throws Throwable;
    }

    private record Step(
            Duration takes,
            @Nullable String value,
            @Nullable Exception failure) {}

    final VirtualTime time;
    final List<Duration> startedAt = new ArrayList<>();
    final List<@Nullable String> seenMdc = new ArrayList<>();
    final List<CallContext> seenContexts = new ArrayList<>();
    final List<CompletableFuture<String>> stages = new ArrayList<>();
    private final Deque<Step> steps = new ArrayDeque<>();
    private Step last = new Step(Duration.ZERO, "value", null);

    GuardScript(VirtualTime time) {
        this.time = time;
    }

    GuardScript answer(String value) {
        return add(new Step(Duration.ZERO, value, null));
    }

    GuardScript answerAfter(Duration takes, String value) {
        return add(new Step(takes, value, null));
    }

    GuardScript fail(Exception failure) {
        return add(new Step(Duration.ZERO, null, failure));
    }

    private GuardScript add(Step step) {
        steps.add(step);
        return this;
    }

    /** The last step is repeated. */
    private Step next() {
        startedAt.add(Duration.ofNanos(time.nanoTime()));
        seenMdc.add(MDC.get("tenant"));
        seenContexts.add(CallContext.current());
        Step step = steps.poll();
        last = step == null ? last : step;
        return last;
    }

    int attempts() {
        return startedAt.size();
    }

    String block() throws Exception {
        Step step = next();
        if (!step.takes.isZero()) {
            time.await(new CompletableFuture<>(), step.takes.toNanos());
        }
        if (step.failure != null) {
            throw step.failure;
        }
        return step.value;
    }

    CompletionStage<String> stage() {
        Step step = next();
        CompletableFuture<String> source = new CompletableFuture<>();
        stages.add(source);
        if (step.failure != null) {
            source.completeExceptionally(step.failure);
            return source.thenApply(value -> value);
        }
        if (step.takes.isZero()) {
            source.complete(step.value);
        } else {
            time.schedule(() -> source.complete(step.value), step.takes);
        }
        return source;
    }
}
