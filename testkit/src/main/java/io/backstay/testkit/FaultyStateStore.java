package io.backstay.testkit;

import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateStoreStatus;
import io.backstay.spi.StateTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store behind a bad line: what one process sees of a {@link StateStore} that others see as it is. It can be cut off, frozen or slow,
 * and can lose answers and messages, all while it is in use. Faultless until it is told otherwise. Thread-safe, without threads of its
 * own: on {@link io.backstay.spi.VirtualTime} every run is the same.
 *
 * <p>Closing it ends what goes through it; the store behind stays open, since others may be using it.
 */
public final class FaultyStateStore implements StateStore {

    /** How long an answer is waited for. */
    public static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(1);

    private final StateStore store;
    private final ProviderContext context;
    private final Map<String, FaultyStateTable> tables = new ConcurrentHashMap<>();
    private final Set<Operation<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean cutOff;
    private volatile boolean frozen;
    private volatile boolean losesAnswers;
    private volatile boolean losesMessages;
    private volatile boolean closed;
    private volatile Duration delay = Duration.ZERO;
    private volatile @Nullable Reason refusal;
    private volatile Heard heard;

    private record Heard(boolean good, Instant since) {}

    private FaultyStateStore(StateStore store, ProviderContext context) {
        this.store = store;
        this.context = context;
        this.heard = new Heard(true, context.time().now());
    }

    /** A line to a store, on these timers. */
    public static FaultyStateStore over(StateStore store, ProviderContext context) {
        return new FaultyStateStore(store, context);
    }

    /**
     * Nothing gets through: operations fail at once as {@link Reason#UNAVAILABLE}, those under way with them, not knowing whether they
     * were done, and watches hear nothing.
     */
    public void cutOff() {
        cutOff = true;
        heard(false);
        tables.values().forEach(FaultyStateTable::disconnect);
        underWay.forEach(operation -> operation.fail(Reason.UNAVAILABLE, true));
    }

    /** The line is there again, and watches begin anew. */
    public void reconnect() {
        cutOff = false;
        heard(true);
        tables.values().forEach(FaultyStateTable::connect);
    }

    /**
     * Nothing answers, and nobody says so: operations fail as {@link Reason#TIMED_OUT} after {@link #COMMAND_TIMEOUT} without having
     * been done, and watches hear nothing until it thaws, when they begin anew.
     */
    public void freeze() {
        frozen = true;
        tables.values().forEach(FaultyStateTable::disconnect);
    }

    /** Ends what {@link #freeze} has begun. */
    public void thaw() {
        frozen = false;
        tables.values().forEach(FaultyStateTable::connect);
    }

    /** Whether operations are done while their answers are lost. */
    public void loseAnswers(boolean lost) {
        this.losesAnswers = lost;
    }

    /** Whether watches are told nothing of what changes. The gap shows by the next message that comes through. */
    public void loseMessages(boolean lost) {
        this.losesMessages = lost;
    }

    /** How long operations take, there and back; one that takes longer than {@link #COMMAND_TIMEOUT} times out. */
    public void delay(Duration time) {
        this.delay = time;
    }

    /** Operations fail for this reason, without having been done; null for none. */
    public void failWith(@Nullable Reason reason) {
        this.refusal = reason;
    }

    /** How many operations wait for an answer. */
    public int underWay() {
        return underWay.size();
    }

    @Override
    public StateTable table(String name) {
        return tables.computeIfAbsent(
                StateStore.checkTableName(name), checked -> new FaultyStateTable(this, store.table(checked)));
    }

    @Override
    public StateStoreStatus status() {
        Heard last = heard;
        String detail = closed ? "closed" : last.good ? store.status().detail() : "does not answer";
        return new StateStoreStatus(last.good && !closed, last.since, detail);
    }

    @Override
    public MetricSource metrics() {
        return store.metrics();
    }

    @Override
    public void close() {
        closed = true;
        heard(false);
        tables.values().forEach(FaultyStateTable::close);
        underWay.forEach(operation -> operation.fail(Reason.CLOSED, true));
    }

    /** Whether watches hear what happens. */
    boolean isConnected() {
        return !cutOff && !frozen && !closed;
    }

    boolean losesMessages() {
        return losesMessages;
    }

    private synchronized void heard(boolean good) {
        if (heard.good != good) {
            heard = new Heard(good, context.time().now());
        }
    }

    /** Takes an operation over the line and back, with all that may happen to it. */
    <T> CompletionStage<T> send(Supplier<CompletionStage<T>> work) {
        Operation<T> operation = new Operation<>(work);
        Reason now = closed ? Reason.CLOSED : cutOff ? Reason.UNAVAILABLE : refusal;
        if (now != null) {
            operation.fail(now, false);
            return operation.answer;
        }
        Duration oneWay = delay.dividedBy(2);
        if (frozen || losesAnswers || !oneWay.isZero()) {
            operation.begin(oneWay);
        } else {
            operation.perform();
        }
        return operation.answer;
    }

    private final class Operation<T> {

        private final Supplier<CompletionStage<T>> work;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private volatile Cancellable timeout = () -> {};
        private volatile boolean sent;

        Operation(Supplier<CompletionStage<T>> work) {
            this.work = work;
        }

        void begin(Duration oneWay) {
            underWay.add(this);
            timeout = context.scheduler().schedule(() -> fail(Reason.TIMED_OUT, sent), COMMAND_TIMEOUT);
            if (!frozen) {
                after(oneWay, () -> arrive(oneWay));
            }
        }

        /** It comes to the store, even where its sender no longer waits. */
        private void arrive(Duration oneWay) {
            if (cutOff || frozen) {
                return;
            }
            sent = true;
            work.get().whenComplete((value, thrown) -> {
                if (!losesAnswers && !frozen && !cutOff) {
                    after(oneWay, () -> end(value, thrown));
                }
            });
        }

        private void after(Duration time, Runnable step) {
            if (time.isZero()) {
                step.run();
            } else {
                context.scheduler().schedule(step, time);
            }
        }

        void perform() {
            work.get().whenComplete(this::end);
        }

        private void end(T value, @Nullable Throwable thrown) {
            if (answer.isDone()) {
                return;
            }
            leave();
            heard(!(thrown instanceof StateStoreException failure) || failure.reason() == Reason.REFUSED);
            if (thrown != null) {
                answer.completeExceptionally(thrown);
            } else {
                answer.complete(value);
            }
        }

        private void leave() {
            timeout.cancel();
            underWay.remove(this);
        }

        void fail(Reason reason, boolean mayHaveBeenDone) {
            leave();
            if (reason == Reason.TIMED_OUT || reason == Reason.UNAVAILABLE) {
                heard(false);
            }
            answer.completeExceptionally(new StateStoreException(
                    reason, mayHaveBeenDone, "the line to the store is broken: " + reason, null));
        }
    }
}
