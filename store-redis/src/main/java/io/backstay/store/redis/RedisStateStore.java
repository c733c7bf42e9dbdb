package io.backstay.store.redis;

import io.backstay.ConfigurationException;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateStoreStatus;
import io.backstay.spi.StateTable;
import io.backstay.spi.TimeSource;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shared state on Redis 6.2 or later: a server alone, behind Sentinels, or a cluster. Thread-safe.
 *
 * <p>It connects in the background and again whenever the connection is lost; meanwhile operations fail at once. Each ends within
 * the command timeout. What it keeps in Redis, and how, is told in {@code docs/redis-layout.md}.
 */
public final class RedisStateStore implements StateStore {

    private static final Logger log = LoggerFactory.getLogger(RedisStateStore.class);

    private final RedisRuntime runtime;
    private final Map<String, RedisTable> tables = new ConcurrentHashMap<>();
    private final AtomicBoolean warnedOfSilence = new AtomicBoolean();

    private RedisStateStore(RedisSettings settings, ProviderContext context) {
        this.runtime = new RedisRuntime(settings, context, "backstay-redis");
        runtime.start();
    }

    /** A builder; its URI must be set. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public StateTable table(String name) {
        RedisTable known = tables.get(name);
        return known != null ? known : tables.computeIfAbsent(StateStore.checkTableName(name), this::newTable);
    }

    private RedisTable newTable(String name) {
        RedisSettings settings = runtime.settings();
        return new RedisTable(
                name, TableKeys.of(settings.prefix(), name, settings.address().database()), this);
    }

    @Override
    public StateStoreStatus status() {
        return runtime.status();
    }

    @Override
    public MetricSource metrics() {
        return sink -> runtime.counts()
                .collect(
                        sink,
                        Map.of("store", "redis"),
                        status().available(),
                        runtime.calls().underway());
    }

    Calls calls() {
        return runtime.calls();
    }

    StoreCounts counts() {
        return runtime.counts();
    }

    /** Done when a slot can be read and written. */
    CompletableFuture<Link> reachable(int slot) {
        return runtime.router().link(slot, Role.COMMANDS);
    }

    Listening listening() {
        return runtime.listening();
    }

    Executor workers() {
        return runtime.context().workers();
    }

    TimeSource time() {
        return runtime.context().time();
    }

    DelayScheduler scheduler() {
        return runtime.context().scheduler();
    }

    RandomSource random() {
        return runtime.context().random();
    }

    boolean isClosed() {
        return runtime.isClosed();
    }

    /** Until a replica holds all that was written before over the connection of an operation. */
    CompletableFuture<Void> awaitReplica(Call written) {
        Link link = written.link();
        if (link == null) {
            return CompletableFuture.failedFuture(notHeld());
        }
        Request wait = Request.command(
                "wait",
                true,
                0,
                CommandType.WAIT,
                TableKeys.octets("1"),
                TableKeys.octets(String.valueOf(calls().millisLeft(written))));
        return Stages.map(calls().callBehind(written, link, wait), reply -> {
            if (Replies.number(reply, 0) < 1) {
                throw notHeld();
            }
            return null;
        });
    }

    private static StateStoreException notHeld() {
        return new StateStoreException(
                Reason.TIMED_OUT, true, "no replica has confirmed in time what was written", null);
    }

    /** A change was made that nobody could be told of. */
    void unpublished(String table) {
        runtime.counts().unpublished.increment();
        if (warnedOfSilence.compareAndSet(false, true)) {
            log.warn(
                    "Redis does not let us tell of changes of the table {} (a right to publish is missing): others see them"
                            + " only when they compare",
                    table);
        }
    }

    /** Waits for its own threads to end, a command timeout at most. */
    @Override
    public void close() {
        runtime.close();
        tables.values().forEach(RedisTable::close);
    }

    @Override
    public String toString() {
        return runtime.settings().toString();
    }

    /** What a store is made of. Not thread-safe. */
    public static final class Builder extends RedisBuilder<Builder> {

        private Builder() {
            super(RedisStateStoreProvider.GROUP, "backstay", Duration.ofSeconds(1));
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * How long an operation may take, from its beginning to its answer; 1 s by default. A server that says nothing for about twice
         * as long is given up.
         *
         * @throws ConfigurationException when it is less than 10 ms or more than a minute
         */
        public Builder commandTimeout(Duration time) {
            return timeout("command-timeout", time);
        }

        /**
         * The store, with threads of the machine.
         *
         * @throws ConfigurationException when no URI is set
         */
        public RedisStateStore build() {
            return build(ProviderContext.system());
        }

        /** The store, with the threads that it is lent. Settings are not read here: the provider does that. */
        public RedisStateStore build(ProviderContext context) {
            return new RedisStateStore(settings(), context);
        }
    }
}
