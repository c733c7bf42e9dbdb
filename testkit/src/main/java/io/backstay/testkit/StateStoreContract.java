package io.backstay.testkit;

import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every {@link StateStore} must do. Extend it and make the store:
 *
 * <pre>{@code
 * class MyStateStoreContractTest extends StateStoreContract {
 *     @Override
 *     protected StateStore create(ProviderContext context) {
 *         return new MyStateStoreProvider().create(context);
 *     }
 * }
 * }</pre>
 *
 * <p>The cases stand in groups, one on top of the other: entries, batches, leases, reading, watching, races, outages, and here the
 * store's end. They play several processes by several stores on the same data, each case in tables of its own. By default they run on
 * the machine's clock and wait no longer than they must; a store on {@link io.backstay.spi.VirtualTime} says so by {@link #context()}
 * and {@link #letPass}. What cannot be done to a store, or what it cannot do, is excused by {@link #exclusions()}.
 */
public abstract class StateStoreContract extends OutageCases {

    /** For the subclass that is under test. */
    protected StateStoreContract() {}

    /** One more process' store, on the data that all stores of a case share. The case closes it. */
    protected abstract StateStore create(ProviderContext context);

    /** What the stores run on; the machine's clock, timers and threads by default. */
    protected ProviderContext context() {
        return ProviderContext.system();
    }

    /** Lets time pass for the store; by default it really does. */
    protected void letPass(Duration time) {
        try {
            context().waiter().await(new CompletableFuture<>(), time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** How long an operation waits for its answer; 1 s by default. */
    protected Duration commandTimeout() {
        return Duration.ofSeconds(1);
    }

    /** How many removals a table of a few entries remembers at most; 10,000 by default. */
    protected int removalsRemembered() {
        return 10_000;
    }

    /** Makes it unavailable to all processes, until {@link #startStore()}; what it holds may be lost by that, or not. */
    protected void stopStore() {
        throw new UnsupportedOperationException("say how, or excuse the store from " + StateRequirement.OUTAGE);
    }

    /** Makes it available again. Need not wait until it is. */
    protected void startStore() {
        throw new UnsupportedOperationException("say how, or excuse the store from " + StateRequirement.OUTAGE);
    }

    /** Has it lose what it holds. Need not wait until it is available again. */
    protected void loseEverything() {
        throw new UnsupportedOperationException("say how, or excuse the store from " + StateRequirement.LOSS);
    }

    /** Makes an entry unreadable behind the store's back. */
    protected void damage(String tableName, String key) {
        throw new UnsupportedOperationException("say how, or excuse the store from " + StateRequirement.DAMAGED_ENTRY);
    }

    /** Puts something in a table's place behind the store's back that is none. */
    protected void damageTable(String tableName) {
        throw new UnsupportedOperationException("say how, or excuse the store from " + StateRequirement.DAMAGED_TABLE);
    }

    /**
     * What this store cannot do, or what cannot be done to it, each with the reason; the cases concerned are reported as skipped, with
     * it. None by default.
     */
    protected Map<StateRequirement, String> exclusions() {
        return Map.of();
    }

    @Override
    final StateStore newStore(ProviderContext context) {
        return create(context);
    }

    @Override
    final Map<StateRequirement, String> excused() {
        return exclusions();
    }

    @Override
    final ProviderContext surroundings() {
        return context();
    }

    @Override
    final void pass(Duration time) {
        letPass(time);
    }

    @Override
    final Duration timeout() {
        return commandTimeout();
    }

    @Override
    final int mostRemovalsRemembered() {
        return removalsRemembered();
    }

    @Override
    final void stop() {
        stopStore();
    }

    @Override
    final void start() {
        startStore();
    }

    @Override
    final void lose() {
        loseEverything();
    }

    @Override
    final void spoil(String name, String key) {
        damage(name, key);
    }

    @Override
    final void spoil(String name) {
        damageTable(name);
    }

    private static List<CompletionStage<?>> operations(StateTable view) {
        return List.of(
                view.get("a"),
                view.apply(put("a", "x")),
                view.renew(List.of(new StateLease("a", 1, LONG_LEASE))),
                view.changesSince(TablePosition.NONE, 10),
                view.position());
    }

    @Test
    @DisplayName("After closing, every operation fails as closed and changes nothing; closing again does nothing")
    void close_failsWhatComesLater() {
        StateTable other = elsewhere();
        write(put("a", "1"));

        store.close();
        store.close();

        for (StateTable view : List.of(table, store.table("opened-later"))) {
            for (CompletionStage<?> operation : operations(view)) {
                assertThat(failure(operation, Reason.CLOSED).mayHaveBeenDone()).isFalse();
            }
        }
        assertThat(store.status().available()).isFalse();
        if (!excused().containsKey(StateRequirement.OUTLIVES_ITS_HANDLES)) {
            assertThat(text(value(other.get("a")).orElseThrow().value())).isEqualTo("1");
        }
    }

    @Test
    @DisplayName("Closing ends what is under way: each operation comes to an end, whole or failed as closed")
    void close_endsWhatIsUnderWay() {
        List<CompletionStage<?>> started = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            started.add(table.apply(put("k" + i, "x")));
        }

        store.close();

        for (CompletionStage<?> stage : started) {
            if (ended(stage) != null) {
                failure(stage, Reason.CLOSED);
            }
        }
    }

    @Test
    @DisplayName("Closing ends the watches, also one whose callback closes the store")
    void close_endsWatches() {
        StateStore closed = anotherProcess();
        CompletableFuture<Void> told = new CompletableFuture<>();
        List<String> later = new ArrayList<>();
        closed.table(table.name()).watch(new TableWatcher() {
            @Override
            public void onChange(TablePosition position, List<StateChange> changes) {
                if (told.isDone()) {
                    later.add(changes.toString());
                }
                closed.close();
                told.complete(null);
            }

            @Override
            public void onConnect() {}
        });
        TableFollower follower = following(table);
        awaitUntil("the watch of the one that stays has begun", () -> follower.connects() > 0);
        for (int i = 0; !told.isDone(); i++) {
            write(put("first", "value " + i));
            pass(Duration.ofMillis(5));
        }

        for (int i = 0; i < 20; i++) {
            write(put("later" + i, "x"));
        }
        awaitCaughtUp(follower);

        assertThat(later).isEmpty();
        assertThat(follower.texts()).hasSize(21);
    }

    @Test
    @DisplayName("A watch of a store that is closed hears nothing and can be closed")
    void close_thenWatch() {
        store.close();
        TableFollower follower = new TableFollower(table);
        pass(Duration.ofMillis(50));

        assertThat(follower.connects()).isZero();
        follower.close();
    }

    @Test
    @DisplayName("A store that is closed leaves no thread behind")
    void close_leavesNoThread() {
        for (int i = 0; i < 3; i++) {
            useAndClose();
        }
        int before = Thread.getAllStackTraces().size();

        for (int i = 0; i < 10; i++) {
            useAndClose();
        }

        awaitUntil(
                "there are as many threads as before",
                () -> Thread.getAllStackTraces().size() <= before + SLACK_THREADS);
    }

    private void useAndClose() {
        StateStore used = create(context());
        StateTable view = used.table(table.name());
        TableFollower follower = new TableFollower(view);
        value(view.get("a"));
        awaitUntil("the watch has begun", () -> follower.connects() > 0);
        used.close();
    }

    @Test
    @DisplayName("Figures have names in snake case, and labels that hold no key and no value")
    void metrics_areWellFormed() {
        TableFollower follower = following(table);
        write(put("secret-key", "secret-value"));
        awaitCaughtUp(follower);
        List<String> names = new ArrayList<>();
        MetricSource.Sink sink = new MetricSource.Sink() {
            @Override
            public void counter(String name, Map<String, String> labels, long value) {
                check(name, labels);
                assertThat(value).as(name).isNotNegative();
            }

            @Override
            public void gauge(String name, Map<String, String> labels, double value) {
                check(name, labels);
            }

            @Override
            public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {
                check(name, labels);
            }

            private void check(String name, Map<String, String> labels) {
                names.add(name + labels);
                assertThat(name).matches("[a-z][a-z0-9_]*");
                assertThat(labels.toString()).doesNotContain("secret");
            }
        };
        store.metrics().collect(sink);

        assertThat(names).doesNotHaveDuplicates();
        store.close();
        store.metrics().collect(sink);
    }

    @Test
    @DisplayName("A store that works says so, and where it is, in a few words")
    void status_isGood() {
        write(put("a", "1"));

        awaitUntil("the status is good", () -> store.status().available());
        assertThat(store.status().detail()).isNotBlank().hasSizeLessThan(200);
        assertThat(store.status().since()).isBeforeOrEqualTo(context().time().now());
    }
}
