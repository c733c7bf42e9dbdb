package io.backstay.store.redis;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStoreStatus;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What a store and a cache both run on: the library, the connections, the operations on their way. Thread-safe. */
final class RedisRuntime {

    private final RedisSettings settings;
    private final ProviderContext context;
    private final String threads;
    private final LettuceClient client;
    private final StoreCounts counts = new StoreCounts();
    private final Router router;
    private final Health health;
    private final Calls calls;
    private final Listening listening;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile DelayScheduler.@Nullable Cancellable ticking;

    RedisRuntime(RedisSettings settings, ProviderContext context, String threads) {
        this.settings = settings;
        this.context = context;
        this.threads = threads;
        this.client = new LettuceClient(settings, threads);
        Connector connector = new Connector(settings, client, context.time(), context.scheduler());
        Lines lines =
                new Lines(connector, context.time(), context.scheduler(), context.random(), new Heard(), new Changes());
        this.router = Routers.of(settings, lines, this::moved);
        this.health = new Health(context.time(), counts, router);
        this.calls = new Calls(router, context.time(), counts, settings);
        this.listening = new Listening(router, counts);
    }

    /** Connects in the background. */
    void start() {
        router.start();
        tick();
    }

    private void moved() {
        listening.attachAll();
        // A server whose loss was a trouble may be of the cluster no more.
        health.update();
    }

    /** Hands on what comes, since the parts are made one after the other. */
    private final class Heard implements MessageSink {
        @Override
        public void message(Link link, byte[] channel, byte[] octets) {
            listening.message(link, channel, octets);
        }

        @Override
        public void subscribed(Link link, byte[] channel) {
            listening.subscribed(link, channel);
        }
    }

    /** What becomes of connections. */
    private final class Changes implements Line.Listener {
        @Override
        public void up(Line line, Link link) {
            switch (line.role()) {
                case MESSAGES -> listening.attachAll();
                case COMMANDS -> listening.reachable();
                default -> {}
            }
            health.up(line, link);
            // Where one connection comes about, others will.
            router.each(Line::hurry);
        }

        @Override
        public void down(Line line, RedisFailure why) {
            switch (line.role()) {
                case MESSAGES -> listening.down();
                case COMMANDS -> listening.unreachable();
                default -> {}
            }
            health.down(line, why);
        }
    }

    private void tick() {
        if (closed.get()) {
            return;
        }
        calls.look();
        router.each(Line::look);
        ticking = context.scheduler().schedule(this::tick, settings.tick());
    }

    RedisSettings settings() {
        return settings;
    }

    ProviderContext context() {
        return context;
    }

    StoreCounts counts() {
        return counts;
    }

    Calls calls() {
        return calls;
    }

    Listening listening() {
        return listening;
    }

    Router router() {
        return router;
    }

    StateStoreStatus status() {
        return health.status();
    }

    boolean isClosed() {
        return closed.get();
    }

    /** Waits for own threads to end, a moment at most. Not on one of them. */
    void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        DelayScheduler.Cancellable present = ticking;
        if (present != null) {
            present.cancel();
        }
        calls.close();
        router.close(Calls.CLOSED);
        health.close();
        CompletionStage<Void> ended = client.close(settings.commandTimeout());
        if (Thread.currentThread().getName().startsWith(threads)) {
            return;
        }
        try {
            context.waiter()
                    .await(
                            ended.toCompletableFuture(),
                            settings.commandTimeout().toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
