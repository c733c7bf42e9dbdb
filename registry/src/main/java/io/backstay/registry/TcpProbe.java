package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a port can be connected to. One thread waits for all connections; it starts with the first. A connection that came about is
 * reset at once, so that no port of this machine stays taken for it.
 */
final class TcpProbe implements Probe, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final Outcome CONNECTED = new Outcome(true, "connected");
    private static final Outcome REFUSED = new Outcome(false, "connection failed");
    private static final Outcome LATE = new Outcome(false, "connection timed out");
    private static final Outcome UNKNOWN = new Outcome(false, "unknown host");

    /** One connection on its way. */
    private static final class Try {
        final InetSocketAddress address;
        final Consumer<Outcome> whenDone;
        final AtomicBoolean done = new AtomicBoolean();
        volatile @Nullable Cancellable timer;
        /** Touched by the selector's thread only. */
        @Nullable
        SocketChannel channel;

        Try(InetSocketAddress address, Consumer<Outcome> whenDone) {
            this.address = address;
            this.whenDone = whenDone;
        }

        void end(Outcome outcome) {
            if (done.compareAndSet(false, true)) {
                Cancellable set = timer;
                if (set != null) {
                    set.cancel();
                }
                whenDone.accept(outcome);
            }
        }
    }

    private final ProviderContext context;
    private final Queue<Try> fresh = new ConcurrentLinkedQueue<>();
    private final Queue<Try> late = new ConcurrentLinkedQueue<>();
    private final ReentrantLock starting = new ReentrantLock();
    private volatile @Nullable Selector selector;
    private volatile boolean closed;

    TcpProbe(ProviderContext context) {
        this.context = context;
    }

    @Override
    public void begin(ServiceInstance instance, HealthCheck check, Consumer<Outcome> whenDone) {
        if (isLiteral(instance.host())) {
            connect(instance, check, whenDone);
        } else {
            context.workers().execute(() -> connect(instance, check, whenDone));
        }
    }

    /** An address can be read without asking anybody; a name is looked up, which may take its time. */
    private static boolean isLiteral(String host) {
        return host.startsWith("[") || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    private void connect(ServiceInstance instance, HealthCheck check, Consumer<Outcome> whenDone) {
        try {
            InetAddress host = InetAddress.getByName(instance.host());
            Try one = new Try(new InetSocketAddress(host, instance.port()), whenDone);
            Selector waiting = selector();
            one.timer = context.scheduler()
                    .schedule(
                            () -> {
                                one.end(LATE);
                                late.add(one);
                                waiting.wakeup();
                            },
                            check.timeout());
            fresh.add(one);
            waiting.wakeup();
        } catch (UnknownHostException e) {
            whenDone.accept(UNKNOWN);
        } catch (IOException e) {
            whenDone.accept(REFUSED);
        }
    }

    private Selector selector() throws IOException {
        starting.lock();
        try {
            if (closed) {
                throw new IOException("closed");
            }
            Selector running = selector;
            if (running == null) {
                running = Selector.open();
                selector = running;
                Selector mine = running;
                Thread thread = new Thread(() -> run(mine), "backstay-health-checks");
                thread.setDaemon(true);
                thread.start();
            }
            return running;
        } finally {
            starting.unlock();
        }
    }

    private void run(Selector mine) {
        while (mine.isOpen()) {
            try {
                mine.select();
                finishConnected(mine);
                closeLate();
                startFresh(mine);
            } catch (ClosedSelectorException e) {
                return;
            } catch (IOException | RuntimeException e) {
                LOG.error("a step of the health checks failed", e);
            }
        }
    }

    private static void finishConnected(Selector mine) {
        Iterator<SelectionKey> keys = mine.selectedKeys().iterator();
        while (keys.hasNext()) {
            SelectionKey key = keys.next();
            keys.remove();
            finish((Try) key.attachment());
        }
    }

    private static void finish(Try one) {
        SocketChannel channel = one.channel;
        if (channel == null) {
            return;
        }
        Outcome outcome;
        try {
            outcome = channel.finishConnect() ? CONNECTED : REFUSED;
        } catch (IOException e) {
            outcome = REFUSED;
        }
        release(one);
        one.end(outcome);
    }

    private void closeLate() {
        for (Try one = late.poll(); one != null; one = late.poll()) {
            release(one);
        }
    }

    private void startFresh(Selector mine) {
        for (Try one = fresh.poll(); one != null; one = fresh.poll()) {
            if (!one.done.get()) {
                start(one, mine);
            }
        }
    }

    private static void start(Try one, Selector mine) {
        try {
            SocketChannel channel = SocketChannel.open();
            one.channel = channel;
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            if (channel.connect(one.address)) {
                finish(one);
            } else {
                channel.register(mine, SelectionKey.OP_CONNECT, one);
            }
        } catch (IOException | RuntimeException e) {
            release(one);
            one.end(REFUSED);
        }
    }

    private static void release(Try one) {
        SocketChannel channel = one.channel;
        one.channel = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("a connection of a health check could not be closed: {}", e.toString());
            }
        }
    }

    /** Ends the thread. Checks on their way end with their timeouts. */
    @Override
    public void close() {
        starting.lock();
        try {
            closed = true;
            Selector running = selector;
            if (running != null && running.isOpen()) {
                running.keys().forEach(key -> {
                    try {
                        key.channel().close();
                    } catch (IOException e) {
                        LOG.debug("a connection of a health check could not be closed: {}", e.toString());
                    }
                });
                running.close();
            }
        } catch (IOException e) {
            LOG.debug("the selector of health checks could not be closed: {}", e.toString());
        } finally {
            starting.unlock();
        }
    }
}
