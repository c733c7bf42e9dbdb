package io.backstay.internal;

import io.backstay.guard.BreakerSnapshot;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TimeSource;
import io.backstay.state.OwnEntries;
import io.backstay.state.OwnEntry;
import io.backstay.state.ReplicaChange;
import io.backstay.state.TableReplica;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the states of this process' breakers in the shared store: restores them after a restart, tells the other processes of each
 * change, and hints its own breakers when a quorum of the others is open. Thread-safe; nothing here runs on the thread of a call, and
 * that the store is away changes nothing for any.
 *
 * <p>An entry is named after breaker and process. It is written once the table has been read for the first time, since until then the
 * entry of the process before may wait there to be restored. It is restored only to a breaker that has not changed by itself meanwhile and
 * is not much older than its process; what a hand has set holds however long that takes.
 */
final class BreakerSharing implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.breaker");

    static final String TABLE = "breakers";

    /** How long an entry stays without its process; that of an open breaker as long after its open time. */
    static final Duration LEASE = Duration.ofSeconds(60);

    /** How long a state that a hand has set waits for its process to come back. */
    static final Duration LEASE_BY_HAND = Duration.ofDays(1);

    static final Duration HINT_TIME = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofSeconds(10);
    private static final int MOST_BREAKERS = 10_000;

    private final ProcessName process;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Later later;
    private final BreakerPeers peers;
    private final TableReplica<SharedBreaker> replica;
    private final OwnEntries own;
    private final Map<String, Shared> shared = new ConcurrentHashMap<>();
    private volatile Supplier<Collection<CircuitBreaker>> inUse = () -> Set.of();
    private volatile boolean closed;
    private volatile DelayScheduler.@Nullable Cancellable tick;

    /** One breaker; changed in the background alone. */
    private static final class Shared {
        final CircuitBreaker breaker;
        final String key;
        final long sinceNanos;
        volatile boolean changedByItself;
        volatile boolean restoring;
        volatile BreakerState state = BreakerState.CLOSED;
        volatile long openUntilNanos;

        @Nullable
        OwnEntry entry;

        boolean missed;

        Shared(CircuitBreaker breaker, String key, long nowNanos) {
            this.breaker = breaker;
            this.key = key;
            this.sinceNanos = nowNanos;
            this.openUntilNanos = nowNanos;
        }
    }

    BreakerSharing(StateStore store, ProcessName process, ProviderContext context) {
        this.process = process;
        this.time = context.time();
        this.scheduler = context.scheduler();
        this.later = new Later(scheduler);
        this.peers = new BreakerPeers(process.text());
        StateTable table = store.table(TABLE);
        this.own = OwnEntries.of(table, context);
        this.replica = TableReplica.of(table, entry -> SharedBreaker.decode(entry, time.nanoTime()))
                .context(context)
                .assumedLease(LEASE)
                .listener(this::onChange)
                .open();
        var unused =
                replica.whenRead().thenRun(() -> later.run(() -> shared.values().forEach(this::settle)));
        setTick();
    }

    /** Who can say which breakers are in use, so that those that no longer are can be forgotten. */
    void follow(Supplier<Collection<CircuitBreaker>> breakers) {
        inUse = breakers;
    }

    /** A breaker has been made. */
    void add(CircuitBreaker breaker) {
        String key = BreakerPeers.key(breaker.name(), process.text());
        if (shared.size() >= MOST_BREAKERS || !isKey(key)) {
            LOG.debug(
                    "[{}] circuit breaker is not shared: its name is too long, or there are too many", breaker.name());
            return;
        }
        Shared added = new Shared(breaker, key, time.nanoTime());
        Shared before = shared.put(breaker.name(), added);
        later.run(() -> {
            if (before != null && before.entry != null) {
                before.entry.leave();
            }
            if (replica.status().everRead()) {
                settle(added);
            }
        });
    }

    private static boolean isKey(String key) {
        try {
            return StateWrite.checkKey(key) > 0;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    /** A breaker has changed its state. */
    void onTransition(CircuitBreaker breaker) {
        Shared changed = find(breaker);
        if (changed != null && !changed.restoring) {
            changed.changedByItself = true;
            later.run(() -> publish(changed));
        }
    }

    @SuppressWarnings("ReferenceEquality") // another breaker may have the name by now
    private @Nullable Shared find(CircuitBreaker breaker) {
        Shared known = shared.get(breaker.name());
        return known != null && known.breaker == breaker ? known : null;
    }

    /** Decides whether to go on where the process before left off, and begins to tell of this breaker. */
    private void settle(Shared breaker) {
        if (closed || breaker.entry != null) {
            return;
        }
        SharedBreaker former = replica.get(breaker.key);
        if (former != null) {
            restore(breaker, former);
        }
        BreakerSnapshot now = look(breaker);
        breaker.entry = own.put(
                breaker.key,
                SharedBreaker.encode(now, LEASE),
                () -> lease(breaker),
                replaced -> LOG.warn(
                        "[{}] another process is called {} as well; the state of this breaker is no longer shared",
                        breaker.breaker.name(),
                        process.text()));
        hint(breaker.breaker);
    }

    private void restore(Shared breaker, SharedBreaker former) {
        long now = time.nanoTime();
        BreakerSnapshot snapshot = former.snapshot(now);
        boolean isLate = now - breaker.sinceNanos > LEASE.toNanos() && !former.isByHand();
        if (snapshot == null
                || snapshot.state() == BreakerState.CLOSED
                || isLate
                || breaker.changedByItself
                || breaker.breaker.state() != BreakerState.CLOSED) {
            return;
        }
        breaker.restoring = true;
        try {
            breaker.breaker.restore(snapshot);
        } finally {
            breaker.restoring = false;
        }
    }

    /** Notes what the lease depends on, so that it can be told without touching the breaker. */
    private BreakerSnapshot look(Shared breaker) {
        BreakerSnapshot now = breaker.breaker.snapshot();
        breaker.openUntilNanos = time.nanoTime() + now.remainingOpen().toNanos();
        breaker.state = now.state();
        return now;
    }

    private Duration lease(Shared breaker) {
        return switch (breaker.state) {
            case OPEN -> LEASE.plusNanos(Math.max(0, breaker.openUntilNanos - time.nanoTime()));
            case FORCED_OPEN, DISABLED -> process.isGiven() ? LEASE_BY_HAND : LEASE;
            case CLOSED, HALF_OPEN -> LEASE;
        };
    }

    private void publish(Shared breaker) {
        if (breaker.entry != null && !closed) {
            breaker.entry.update(SharedBreaker.encode(look(breaker), LEASE));
        }
    }

    private void onChange(ReplicaChange<SharedBreaker> change) {
        String name = peers.onChange(change);
        Shared concerned = name == null ? null : shared.get(name);
        if (concerned != null) {
            hint(concerned.breaker);
        }
    }

    private void hint(CircuitBreaker breaker) {
        BreakerPeers.Count count = peers.count(breaker.name(), time.nanoTime());
        breaker.hint(count.open(), count.all(), HINT_TIME);
    }

    private void setTick() {
        if (!closed) {
            tick = scheduler.schedule(
                    () -> later.run(() -> {
                        onTick();
                        setTick();
                    }),
                    TICK);
        }
    }

    /** Renews hints as long as the store can be heard, and forgets the breakers that are no longer in use. */
    private void onTick() {
        boolean inStep = replica.status().inStep();
        Set<CircuitBreaker> used = Set.copyOf(inUse.get());
        for (Shared breaker : shared.values()) {
            if (inStep) {
                hint(breaker.breaker);
            }
            boolean missing = !used.contains(breaker.breaker);
            if (missing && breaker.missed) {
                forget(breaker);
            }
            breaker.missed = missing;
        }
    }

    private void forget(Shared breaker) {
        shared.remove(breaker.breaker.name(), breaker);
        if (breaker.entry != null) {
            breaker.entry.close();
        }
    }

    /** Which breakers are told of. */
    Set<String> names() {
        return shared.values().stream().map(breaker -> breaker.breaker.name()).collect(Collectors.toUnmodifiableSet());
    }

    /** Stops, and leaves the entries to their leases: the next process of this name goes on with them. */
    @Override
    public void close() {
        closed = true;
        DelayScheduler.Cancellable last = tick;
        if (last != null) {
            last.cancel();
        }
        replica.close();
        own.leaveAll();
    }
}
