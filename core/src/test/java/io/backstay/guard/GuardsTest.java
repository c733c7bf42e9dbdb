package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import io.backstay.ConcurrencyPolicy;
import io.backstay.ConfigurationException;
import io.backstay.GuardPolicy;
import io.backstay.spi.VirtualTime;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Guards by annotations: what they do, and what is refused when the proxy is made. */
class GuardsTest {

    private final VirtualTime time = new VirtualTime();
    private final Guard ledger = guard("ledger");
    private final Ledger target = new Ledger();

    private Guard guard(String name) {
        return Guard.builder(name).virtualTime(time).build();
    }

    @Guarded("ledger")
    interface Invoices {
        @Retry(maxAttempts = 3, delay = "1s", maxDelay = "4s", jitter = false)
        String load(int number) throws IOException;

        @Timeout("2s")
        @FallbackMethod("kept")
        String slow(int number);

        @Retry(on = FileNotFoundException.class)
        String find(int number) throws IOException;

        @FallbackMethod("later")
        @Retry(maxAttempts = 2, delay = "1s", jitter = false)
        CompletionStage<String> loadAsync(int number);

        long count(long many);
    }

    static final class Ledger implements Invoices {
        private final List<Exception> failures = new ArrayList<>();
        private int calls;
        private VirtualTime clock = new VirtualTime();

        private void failOrNot() throws IOException {
            calls++;
            if (!failures.isEmpty()) {
                throw Guard.<RuntimeException>thrown(failures.remove(0));
            }
        }

        @Override
        public String load(int number) throws IOException {
            failOrNot();
            return "invoice " + number;
        }

        @Override
        public String slow(int number) {
            clock.advance(Duration.ofSeconds(10));
            return "late";
        }

        @SuppressWarnings("UnusedMethod") // called by its name
        private String kept(int number, CallTimeoutException failure) {
            return "kept " + number + " after " + failure.problem();
        }

        @Override
        public String find(int number) throws IOException {
            failOrNot();
            return "found " + number;
        }

        @Override
        public CompletionStage<String> loadAsync(int number) {
            try {
                failOrNot();
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
            return CompletableFuture.completedFuture("async " + number);
        }

        @SuppressWarnings("UnusedMethod") // called by its name
        private CompletionStage<String> later(int number, Exception failure) {
            return CompletableFuture.completedFuture("later " + number + " after " + failure.getMessage());
        }

        @Override
        public long count(long many) {
            return many;
        }

        @Override
        public String toString() {
            return "ledger";
        }
    }

    private Invoices guarded() {
        target.clock = time;
        return Guards.protect(Invoices.class, target, ledger);
    }

    @Test
    void retry_repeatsAsTheAnnotationSays() throws IOException {
        target.failures.add(new IOException("one"));
        target.failures.add(new IOException("two"));
        assertThat(guarded().load(7)).isEqualTo("invoice 7");
        assertThat(target.calls).isEqualTo(3);
        assertThat(time.nanoTime()).isEqualTo(Duration.ofSeconds(3).toNanos());
    }

    @Test
    void retry_onNamedExceptions_repeatsNoOthers() throws IOException {
        IOException other = new IOException("other");
        target.failures.add(other);
        assertThatThrownBy(() -> guarded().find(7)).isSameAs(other);
        target.failures.add(new FileNotFoundException());
        assertThat(guarded().find(7)).isEqualTo("found 7");
        assertThat(target.calls).isEqualTo(3);
    }

    @Test
    void fallback_isHandedArgumentsAndFailure() {
        assertThat(guarded().slow(7)).isEqualTo("kept 7 after timed out after 2000 ms");
        assertThat(ledger.status().fallbacks()).isEqualTo(1);
    }

    @Test
    void fallback_whichWantsAnotherFailure_isNotAsked() {
        ledger.breaker().orElseThrow().forceOpen();
        assertThatThrownBy(() -> guarded().slow(7)).isInstanceOf(CallRejectedException.class);
    }

    @Test
    void stages_areGuardedAsynchronously() {
        target.failures.add(new IOException("one"));
        CompletableFuture<String> first = guarded().loadAsync(7).toCompletableFuture();
        assertThat(first).isNotDone();
        time.advance(Duration.ofSeconds(1));
        assertThat(first).isCompletedWithValue("async 7");
        target.failures.add(new IOException("one"));
        target.failures.add(new IOException("two"));
        CompletableFuture<String> second = guarded().loadAsync(8).toCompletableFuture();
        time.advance(Duration.ofSeconds(1));
        assertThat(second).isCompletedWithValue("later 8 after two");
    }

    interface Stages {
        @Guarded("ledger")
        CompletionStage<String> plain();

        @Guarded("ledger")
        @Timeout("1s")
        CompletableFuture<String> timed();
    }

    private record Given(CompletionStage<String> stage) implements Stages {
        @Override
        public CompletionStage<String> plain() {
            return stage;
        }

        @Override
        public CompletableFuture<String> timed() {
            return stage.toCompletableFuture();
        }
    }

    private Stages stages(CompletionStage<String> stage) {
        return Guards.protect(Stages.class, new Given(stage), ledger);
    }

    private static @Nullable Throwable failureSeenBy(CompletionStage<String> stage) {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        var unused = stage.whenComplete((value, failure) -> seen.set(failure));
        return seen.get();
    }

    @Test
    void failureOfAStage_reachesTheCallerAsItIs_andNotWrapped() {
        IOException broken = new IOException("no route");
        Stages guarded = stages(CompletableFuture.failedFuture(broken));
        assertThat(failureSeenBy(guarded.plain())).isSameAs(broken);
        assertThatThrownBy(() -> guarded.plain().toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isSameAs(broken);
        assertThatThrownBy(() -> guarded.plain().toCompletableFuture().join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isSameAs(broken);
    }

    @Test
    void failureOfADependentStage_reachesTheCallerWithoutWhatTheJdkWrapsRoundIt() {
        IOException broken = new IOException("no route");
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletionStage<String> plain = stages(source.thenApply(value -> value).thenApply(value -> value))
                .plain();
        source.completeExceptionally(broken);
        assertThat(failureSeenBy(plain)).isSameAs(broken);
    }

    @Test
    void failuresOfTheGuardItself_reachTheCallerAsTheyAre() {
        CompletableFuture<String> never = new CompletableFuture<>();
        CompletableFuture<String> timed = stages(never).timed();
        time.advance(Duration.ofSeconds(1));
        assertThat(failureSeenBy(timed)).isInstanceOf(CallTimeoutException.class);
        assertThat(never).isCancelled();
        ledger.breaker().orElseThrow().forceOpen();
        assertThat(failureSeenBy(stages(never).plain())).isInstanceOf(CallRejectedException.class);
    }

    interface Spared {
        @Guarded("ledger")
        @FallbackMethod("spare")
        CompletionStage<String> load();
    }

    private record Both(CompletionStage<String> stage, CompletionStage<String> other) implements Spared {
        @Override
        public CompletionStage<String> load() {
            return stage;
        }

        @SuppressWarnings("UnusedMethod") // called by its name
        private CompletionStage<String> spare() {
            return other;
        }
    }

    private CompletableFuture<String> spared(CompletionStage<String> stage, CompletionStage<String> other) {
        return Guards.protect(Spared.class, new Both(stage, other), ledger)
                .load()
                .toCompletableFuture();
    }

    @Test
    void fallbackOfAStage_whichFailsToo_leavesTheFailureAndGoesAlong() {
        IOException broken = new IOException("no route");
        IllegalStateException none = new IllegalStateException("nothing kept");
        CompletableFuture<String> other = new CompletableFuture<>();
        CompletableFuture<String> future =
                spared(CompletableFuture.failedFuture(broken), other.thenApply(value -> value));
        assertThat(future).isNotDone();
        other.completeExceptionally(none);
        assertThat(failureSeenBy(future)).isSameAs(broken).hasSuppressedException(none);
        assertThat(ledger.status().fallbacks()).isZero();
    }

    @Test
    void fallbackOfAStage_whichGivesNone_leavesTheFailure() {
        IOException broken = new IOException("no route");
        assertThat(failureSeenBy(spared(CompletableFuture.failedFuture(broken), null)))
                .isSameAs(broken);
    }

    @Test
    void fallbackOfAStage_isCancelledWithItsCall_andHoldsNoPermitMeanwhile() {
        ledger.update(
                GuardPolicy.builder().concurrency(ConcurrencyPolicy.fixed(1)).build());
        CompletableFuture<String> other = new CompletableFuture<>();
        CompletableFuture<String> future = spared(CompletableFuture.failedFuture(new IOException()), other);
        assertThat(ledger.status().concurrency().orElseThrow().inFlight()).isZero();
        future.cancel(true);
        assertThat(other).isCancelled();
    }

    @Test
    void stage_isCancelledWithTheCall() {
        CompletableFuture<String> never = new CompletableFuture<>();
        stages(never).plain().toCompletableFuture().cancel(true);
        assertThat(never).isCancelled();
        assertThat(ledger.status().failed()).isZero();
    }

    @Test
    void methodsOfAGuard_shareItsBreaker_andFollowItsPolicy() throws IOException {
        Invoices guarded = guarded();
        assertThat(guarded.count(3)).isEqualTo(3);
        guarded.load(1);
        assertThat(ledger.status().breaker().orElseThrow().counts().calls()).isEqualTo(2);
        ledger.update(GuardPolicy.builder().retry(9, Backoff.none()).build());
        for (int i = 0; i < 4; i++) {
            target.failures.add(new IOException("again"));
        }
        assertThatThrownBy(() -> guarded.load(1)).hasMessage("again");
        assertThat(target.calls).as("the method's own three attempts stay").isEqualTo(4);
    }

    @Test
    void objectMethods_areNotGuarded() {
        ledger.breaker().orElseThrow().forceOpen();
        Invoices guarded = guarded();
        assertThat(guarded).hasToString("guarded ledger").isEqualTo(guarded).isNotEqualTo(target);
        assertThat(guarded.hashCode()).isEqualTo(System.identityHashCode(guarded));
    }

    interface Wrong {
        @Guarded("unknown")
        String unknownGuard();

        @Retry
        String lonely();

        @Guarded("ledger")
        @Retry(maxAttempts = 0, delay = "-1s")
        String attempts();

        @Guarded("ledger")
        @Timeout("0s")
        String timeout();

        @Guarded("ledger")
        @Timeout("soon")
        String unreadable();

        @Guarded("ledger")
        @Retry(delay = "5s", maxDelay = "1s")
        String delays();

        @Guarded("ledger")
        @FallbackMethod("missing")
        String absent(int number);

        @Guarded("ledger")
        @FallbackMethod("number")
        String otherType(int number);

        @Guarded("ledger")
        @Timeout("1s")
        String contradicted();

        @Guarded("ledger")
        Future<String> future();
    }

    static final class WrongTarget implements Wrong {
        @Override
        public String unknownGuard() {
            return "";
        }

        @Override
        public String lonely() {
            return "";
        }

        @Override
        public String attempts() {
            return "";
        }

        @Override
        public String timeout() {
            return "";
        }

        @Override
        public String unreadable() {
            return "";
        }

        @Override
        public String delays() {
            return "";
        }

        @Override
        public String absent(int number) {
            return "";
        }

        @Override
        public String otherType(int number) {
            return "";
        }

        @Override
        @Timeout("2s")
        public String contradicted() {
            return "";
        }

        @Override
        public Future<String> future() {
            return new CompletableFuture<>();
        }

        int number(int number) {
            return number;
        }
    }

    @Test
    void protect_listsEveryMistakeAtOnce() {
        assertThatThrownBy(() -> Guards.protect(Wrong.class, new WrongTarget(), ledger))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(
                        "Wrong.unknownGuard() names the guard unknown, which is not given; given are [ledger]",
                        "Wrong.lonely() has @Retry but no @Guarded",
                        "Wrong.attempts(): retry.max-attempts cannot be 0; allowed: from 1 to 100",
                        "Wrong.attempts(): retry.delay cannot be -1 s",
                        "Wrong.timeout(): attempt-timeout cannot be 0 s; allowed: from",
                        "Wrong.unreadable(): timeout cannot be soon",
                        "Wrong.delays(): retry.max-delay cannot be",
                        "Wrong.absent(int) names the fallback missing, which io.backstay.guard.GuardsTest$WrongTarget has not",
                        "Wrong.otherType(int) names the fallback number, which has other parameters",
                        "Wrong.contradicted() has two @Timeout that contradict each other",
                        "Wrong.future() gives a Future");
    }

    interface Plain {
        String name();
    }

    @Test
    void protect_refusesWhatCannotBeGuarded() {
        assertThatThrownBy(() -> Guards.protect(Plain.class, () -> "", ledger))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no method is guarded");
        assertThatThrownBy(() -> Guards.protect(Ledger.class, target, ledger)).hasMessageContaining("no interface");
        assertThatThrownBy(() -> Guards.protect(Invoices.class, null, ledger)).hasMessageContaining("target");
        assertThatThrownBy(() -> Guards.protect(Invoices.class, target, ledger, guard("ledger")))
                .hasMessageContaining("two guards of the name ledger");
    }
}
