package io.backstay.testkit;

import io.backstay.internal.state.MemoryStateStore;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server that several simulated processes share their state by, without a network. It can be stopped, started again with or without
 * what it held, and fail over to a replica that lagged; the line of each process has faults of its own. Thread-safe.
 *
 * <pre>{@code
 * VirtualTime time = new VirtualTime();
 * FakeStateServer server = FakeStateServer.on(time);
 * FaultyStateStore one = server.connect();
 * FaultyStateStore other = server.connect();
 *
 * one.cutOff();                                  // for this process alone
 * FakeStateServer.Replica replica = server.replica();
 * server.failOver(replica);                      // what was written in between is lost, for all
 * }</pre>
 */
public final class FakeStateServer implements AutoCloseable {

    private final ProviderContext context;
    private final MemoryStateStore store;
    private final List<FaultyStateStore> lines = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;

    private FakeStateServer(ProviderContext context) {
        this.context = context;
        this.store = new MemoryStateStore(context);
    }

    /** One on virtual time, which is the server's and the processes' clock. */
    public static FakeStateServer on(VirtualTime time) {
        return new FakeStateServer(new ProviderContext(
                time, time, time, RandomSource.seeded(1), task -> time.schedule(task, Duration.ZERO), name -> null));
    }

    /** One on any clock and timers. */
    public static FakeStateServer on(ProviderContext context) {
        return new FakeStateServer(context);
    }

    /** One more process' store. While the server is stopped it is cut off. */
    public FaultyStateStore connect() {
        FaultyStateStore line = FaultyStateStore.over(store, context);
        lines.add(line);
        if (stopped) {
            line.cutOff();
        }
        return line;
    }

    /** The store that the server has, without any line: always there, to see what the processes cannot. */
    public StateStore store() {
        return store;
    }

    /** Is down, for all: no line leads to it, and its clock stands still. */
    public void stop() {
        stopped = true;
        lines.forEach(FaultyStateStore::cutOff);
        store.pause();
    }

    /** Is there again for all, with what it held; everybody has time for one renewal. */
    public void start() {
        stopped = false;
        store.resume();
        lines.forEach(FaultyStateStore::reconnect);
    }

    /** Forgets everything; its tables are in a new epoch. Stopped or running, that stays so. */
    public void loseEverything() {
        store.startOver(null);
    }

    /** A replica that has all until now, and lags from then on. */
    public Replica replica() {
        return new Replica(store.image());
    }

    /** A replica takes over: what it has not is lost, and its tables are in a new epoch. Stopped or running, that stays so. */
    public void failOver(Replica replica) {
        store.startOver(replica.image);
    }

    /** Closes every line, and the store. */
    @Override
    public void close() {
        lines.forEach(FaultyStateStore::close);
        store.close();
    }

    /** What a server held at some moment. Immutable. */
    public static final class Replica {

        private final MemoryStateStore.Image image;

        private Replica(MemoryStateStore.Image image) {
            this.image = image;
        }
    }
}
