package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.Channel;
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
 * Whether a port can be connected to, within a timeout that covers the lookup of its host's name. One thread waits for all connections; it starts with the first. A connection that came about is
 * reset at once, so that no port of this machine stays taken for it.
 */
final class TcpProbe implements Probe, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final Outcome CONNECTED = new Outcome(true, "connected");
    private static final Outcome REFUSED = new Outcome(false, "connection failed");
    private static final Outcome LATE = new Outcome(false, "connection timed out");
    private static final Outcome LATE_NAME = new Outcome(false, "lookup of the host timed out");
    private static final Outcome UNKNOWN = new Outcome(false, "unknown host");

    /** One check on its way. */
    private final class Try implements Lookups.Asker {
        final ServiceInstance instance;
        final Consumer<Outcome> whenDone;
        final AtomicBoolean done = new AtomicBoolean();
        volatile @Nullable Cancellable timer;
        /** Null until it is known. */
        volatile @Nullable InetSocketAddress address;
        /** Touched by the selector's thread only. */
        @Nullable
        SocketChannel channel;

        Try(ServiceInstance instance, Consumer<Outcome> whenDone) {
            this.instance = instance;
            this.whenDone = whenDone;
        }

        @Override
        public String host() {
            return instance.host();
        }

        @Override
        public void found(InetAddress host) {
            address = new InetSocketAddress(host, instance.port());
            if (!done.get()) {
                connect(this);
            }
        }

        @Override
        public void unknown() {
            end(UNKNOWN);
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

    /** Opens what waits for connections. */
    @FunctionalInterface
    interface Selectors {
        Selector open() throws IOException;
    }

    private final ProviderContext context;
    private final Selectors selectors;
    private final Lookups lookups;
    private final Queue<Try> fresh = new ConcurrentLinkedQueue<>();
    private final Queue<Try> late = new ConcurrentLinkedQueue<>();
    private final ReentrantLock starting = new ReentrantLock();
    private volatile @Nullable Selector selector;
    private volatile boolean closed;

    TcpProbe(ProviderContext context) {
        this(context, InetAddress::getByName, Selector::open);
    }

    /** Looking names up and waiting by others than by default. */
    TcpProbe(ProviderContext context, Lookups.Directory directory, Selectors selectors) {
        this.context = context;
        this.selectors = selectors;
        this.lookups = new Lookups(directory, context.workers());
    }

    @Override
    public void begin(ServiceInstance instance, HealthCheck check, Consumer<Outcome> whenDone) {
        Try one = new Try(instance, whenDone);
        one.timer = context.scheduler().schedule(() -> giveUp(one), check.timeout());
        if (isLiteral(instance.host())) {
            read(one);
        } else {
            lookups.ask(one);
        }
    }

    /** An address can be read without asking anybody; a name is looked up, which may take its time. */
    private static boolean isLiteral(String host) {
        return host.startsWith("[") || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    private static void read(Try one) {
        try {
            one.found(InetAddress.getByName(one.host()));
        } catch (UnknownHostException e) {
            one.unknown();
        }
    }

    /** Ends it before it looks at the address: who finds the address later sees that it has ended. */
    private void giveUp(Try one) {
        lookups.forget(one);
        one.end(one.address == null ? LATE_NAME : LATE);
        Selector waiting = selector;
        if (one.address != null && waiting != null) {
            late.add(one);
            waiting.wakeup();
        }
    }

    private void connect(Try one) {
        try {
            Selector waiting = selector();
            fresh.add(one);
            waiting.wakeup();
        } catch (IOException e) {
            one.end(REFUSED);
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
                running = selectors.open();
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
            } catch (ClosedSelectorException e) {
                return;
            } catch (IOException | RuntimeException e) {
                abandon(mine, e);
                return;
            }
            try {
                finishConnected(mine);
                closeLate();
                startFresh(mine);
            } catch (ClosedSelectorException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("a step of the health checks failed", e);
            }
        }
    }

    /** A selector that fails may do so for good. The next check opens another; those on their way end with their timeouts. */
    private void abandon(Selector broken, Exception failure) {
        LOG.error("waiting for the connections of health checks failed; the next check begins it anew", failure);
        starting.lock();
        try {
            if (broken.equals(selector)) {
                selector = null;
            }
            close(broken);
        } finally {
            starting.unlock();
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
            InetSocketAddress address = one.address;
            if (address != null && !one.done.get()) {
                start(one, address, mine);
            }
        }
    }

    private static void start(Try one, InetSocketAddress address, Selector mine) {
        try {
            SocketChannel channel = SocketChannel.open();
            one.channel = channel;
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            if (channel.connect(address)) {
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
            close(channel);
        }
    }

    private static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("a connection of a health check could not be closed: {}", e.toString());
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
                close(running);
            }
        } finally {
            starting.unlock();
        }
    }

    private static void close(Selector selector) {
        try (selector) {
            for (SelectionKey key : selector.keys()) {
                close(key.channel());
            }
        } catch (IOException e) {
            LOG.debug("the selector of health checks could not be closed: {}", e.toString());
        }
    }
}
