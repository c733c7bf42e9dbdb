package io.backstay.state;

import io.backstay.ConfigurationException;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateTable;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a table that is kept in step with it and stays readable while the store is away. Thread-safe; reading takes no lock and
 * allocates nothing.
 *
 * <p>What goes wrong never empties it: as long as the store cannot be asked everything stays, however long that is, and {@link
 * #status()} tells its age. A store that is away from the start is the same: the replica is empty then, and the status says that it has
 * never been read.
 *
 * <p>When the table begins a new life (it was emptied, another server has taken over, or this copy is older than what the store
 * remembers of removals), what the new one does not hold stays, {@linkplain #isStale stale}, for one lease, so that its owners can put
 * it back; then it goes, with the cause {@link ReplicaChange.Cause#LOST}. The lease is its own as last seen, counted from the moment
 * since when the store can be reached without a break.
 *
 * <p>An entry that cannot be decoded is skipped: it is counted and logged once for each version, and the value that was there before,
 * if any, stays, stale, until the entry can be decoded again or goes. Without a lease it would never go by itself: then the value is
 * lost after a lease of its own, in which its owner could put it back.
 *
 * @param <T> what the values are decoded to
 */
public final class TableReplica<T> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private final SerialExecutor serial;
    private final ReplicaContent<T> content;
    private final ReplicaListeners<T> listeners;
    private final ReplicaSync<T> sync;
    private final Map<String, T> view;
    private final String name;

    private TableReplica(Builder<T> builder) {
        this.name = builder.table.name();
        this.serial = new SerialExecutor(failure -> LOG.error("[{}] a step failed", name, failure));
        this.listeners = new ReplicaListeners<>(name);
        this.content =
                new ReplicaContent<>(name, builder.decoder, builder.assumedLease, builder.clocks, listeners::onChange);
        this.view = new ReplicaView<>(content.entries());
        this.sync = new ReplicaSync<>(builder.table, content, listeners, builder.clocks, serial, builder.pollPeriod);
    }

    /** To set what is not as by default. */
    public static <T> Builder<T> of(StateTable table, EntryDecoder<T> decoder) {
        return new Builder<>(required("table", table), required("decoder", decoder));
    }

    /** The value under a key; null when there is none, as far as is known. */
    public @Nullable T get(String key) {
        return content.get(key);
    }

    /** At which version the value was written, for a write that depends on it; 0 when there is none. */
    public long version(String key) {
        return content.version(key);
    }

    /** Whether there is a value that the table is not known to hold still. That the store is away makes none stale. */
    public boolean isStale(String key) {
        return content.isStale(key);
    }

    /** Takes each value in turn; what changes meanwhile may be seen or not. */
    public void forEach(BiConsumer<String, ? super T> action) {
        content.entries().forEach((key, kept) -> action.accept(key, kept.value()));
    }

    /** How many values there are. */
    public int size() {
        return content.entries().size();
    }

    /** All values by key, always as they are at the moment; cannot be changed. */
    public Map<String, T> entries() {
        return view;
    }

    /** How well it knows its table. */
    public ReplicaStatus status() {
        return sync.status();
    }

    /**
     * Done once the whole table has been read for the first time; fails when this is closed before that. A dependent step runs where
     * listeners do, and must not block either.
     */
    public CompletableFuture<Void> whenRead() {
        return sync.whenRead();
    }

    /**
     * Adds a listener. It is told first what is there, as if that had just been put, then of each change, with nothing in between
     * left out: before this returns or, when another thread is telling something at this moment, by that one.
     *
     * @return closing it ends the telling; one more call may be on its way
     */
    public StateTable.Watch listen(ReplicaListener<T> listener) {
        required("listener", listener);
        serial.execute(() -> listeners.add(listener, content.entries(), status()));
        return () -> {
            listeners.remove(listener);
            serial.execute(() -> listeners.remove(listener));
        };
    }

    /** Stops following the table; what is here stays readable. May be called twice. */
    @Override
    public void close() {
        sync.close();
    }

    @Override
    public String toString() {
        return "replica of " + name + ", " + status();
    }

    private static <T> T required(String what, @Nullable T value) {
        if (value == null) {
            throw new ConfigurationException("the " + what + " of a replica must not be null");
        }
        return value;
    }

    /** Builds a {@link TableReplica}. Not thread-safe. What is out of range is refused at once. */
    public static final class Builder<T> {

        private static final Duration SHORTEST = Duration.ofMillis(10);
        private static final Duration LONGEST = Duration.ofDays(1);

        private final StateTable table;
        private final EntryDecoder<T> decoder;
        private final List<ReplicaListener<T>> listeners = new ArrayList<>();
        private Duration pollPeriod = Duration.ofSeconds(30);
        private Duration assumedLease = Duration.ofSeconds(30);
        private StateClocks clocks = StateClocks.of(ProviderContext.system());

        private Builder(StateTable table, EntryDecoder<T> decoder) {
            this.table = table;
            this.decoder = decoder;
        }

        /**
         * How often to ask where the table is, lest a lost hint go unnoticed, give or take a fifth; 10 ms to 1 day, default 30 s. It is
         * also how long it may take to notice that the store is away.
         *
         * @throws ConfigurationException when it is out of range
         */
        public Builder<T> pollPeriod(Duration period) {
            this.pollPeriod = inRange("poll period", period);
            return this;
        }

        /**
         * How long to keep what has no lease once it is stale; 10 ms to 1 day, default 30 s.
         *
         * @throws ConfigurationException when it is out of range
         */
        public Builder<T> assumedLease(Duration lease) {
            this.assumedLease = inRange("assumed lease", lease);
            return this;
        }

        /** Is told of all there is from the beginning. */
        public Builder<T> listener(ReplicaListener<T> listener) {
            listeners.add(required("listener", listener));
            return this;
        }

        /** Where time and chance come from; by default the machine's. */
        public Builder<T> context(ProviderContext context) {
            this.clocks = StateClocks.of(required("context", context));
            return this;
        }

        /** Where to read time, leave tasks for later and find chance. */
        public Builder<T> clocks(TimeSource time, DelayScheduler scheduler, RandomSource random) {
            this.clocks = new StateClocks(
                    required("time source", time),
                    required("delay scheduler", scheduler),
                    required("random source", random));
            return this;
        }

        private static Duration inRange(String what, @Nullable Duration value) {
            Duration given = required(what, value);
            if (given.compareTo(SHORTEST) < 0 || given.compareTo(LONGEST) > 0) {
                throw new ConfigurationException(
                        "the " + what + " of a replica cannot be " + given + "; allowed: from 10 ms to 1 day");
            }
            return given;
        }

        /** The replica, which begins to follow its table in the background; never waits, whether or not the store is there. */
        public TableReplica<T> open() {
            TableReplica<T> replica = new TableReplica<>(this);
            listeners.forEach(replica::listen);
            replica.sync.open();
            return replica;
        }
    }
}
