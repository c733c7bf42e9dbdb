package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Connections over real sockets of this machine. */
class TcpProbeTest {

    private static final HealthCheck CHECK = HealthCheck.tcp().withTimeout(Duration.ofMillis(500));

    private final TcpProbe probe = new TcpProbe(ProviderContext.system());

    @AfterEach
    void close() {
        probe.close();
    }

    private CompletableFuture<Probe.Outcome> check(String host, int port) {
        return check(probe, host, port);
    }

    private static CompletableFuture<Probe.Outcome> check(TcpProbe by, String host, int port) {
        CompletableFuture<Probe.Outcome> outcome = new CompletableFuture<>();
        by.begin(ServiceInstance.builder("users").host(host).port(port).build(), CHECK, outcome::complete);
        return outcome;
    }

    private static Probe.Outcome of(CompletableFuture<Probe.Outcome> check) throws Exception {
        return check.get(10, TimeUnit.SECONDS);
    }

    private static ServerSocket listen(int backlog) throws Exception {
        return new ServerSocket(0, backlog, InetAddress.getLoopbackAddress());
    }

    @Test
    void portThatListens_isWell_byAddressAndByName() throws Exception {
        try (ServerSocket server = listen(50)) {
            assertThat(of(check("127.0.0.1", server.getLocalPort())).passed()).isTrue();
            assertThat(of(check("localhost", server.getLocalPort())).passed()).isTrue();
        }
    }

    @Test
    void portThatNobodyListensOn_isNot() throws Exception {
        int port;
        try (ServerSocket server = listen(1)) {
            port = server.getLocalPort();
        }
        assertThat(of(check("127.0.0.1", port))).isEqualTo(new Probe.Outcome(false, "connection failed"));
    }

    @Test
    void hostThatIsNone_isNot() throws Exception {
        assertThat(of(check("no-such-host.invalid", 80))).isEqualTo(new Probe.Outcome(false, "unknown host"));
    }

    @Test
    void portWhoseQueueIsFull_isLate() throws Exception {
        try (ServerSocket server = listen(1)) {
            List<Socket> waiting = new ArrayList<>();
            List<CompletableFuture<Probe.Outcome>> checks = new ArrayList<>();
            try {
                for (int i = 0; i < 2; i++) {
                    waiting.add(new Socket(server.getInetAddress(), server.getLocalPort()));
                }
                checks.add(check("127.0.0.1", server.getLocalPort()));
                assertThat(of(checks.get(0))).isEqualTo(new Probe.Outcome(false, "connection timed out"));
            } finally {
                for (Socket socket : waiting) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void lookupThatHangs_endsItsCheckInTime_andHoldsNoOtherCheckUp() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        Lookups.Directory directory = host -> {
            if (host.startsWith("slow")) {
                await(hang);
            }
            return InetAddress.getLoopbackAddress();
        };
        try (ServerSocket server = listen(50);
                TcpProbe slow = new TcpProbe(ProviderContext.system(), directory, Selector::open)) {
            try {
                CompletableFuture<Probe.Outcome> hanging = check(slow, "slow", server.getLocalPort());
                assertThat(of(check(slow, "quick", server.getLocalPort())).passed())
                        .isTrue();
                assertThat(of(hanging)).isEqualTo(new Probe.Outcome(false, "lookup of the host timed out"));
            } finally {
                hang.countDown();
            }
        }
    }

    @Test
    void lookupsThatAllHang_areBounded_endInTime_andLaterOnesPassOnceTheyAnswer() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        Queue<String> asked = new ConcurrentLinkedQueue<>();
        Lookups.Directory directory = host -> {
            asked.add(host);
            await(hang);
            return InetAddress.getLoopbackAddress();
        };
        try (ServerSocket server = listen(50);
                TcpProbe slow = new TcpProbe(ProviderContext.system(), directory, Selector::open)) {
            try {
                List<CompletableFuture<Probe.Outcome>> checks = new ArrayList<>();
                for (int i = 0; i < 3 * Lookups.MOST; i++) {
                    checks.add(check(slow, "host" + i, server.getLocalPort()));
                }
                for (CompletableFuture<Probe.Outcome> each : checks) {
                    assertThat(of(each).detail()).isEqualTo("lookup of the host timed out");
                }
                assertThat(asked).hasSizeBetween(1, Lookups.MOST);
            } finally {
                hang.countDown();
            }
            assertThat(of(check(slow, "later", server.getLocalPort())).passed()).isTrue();
            assertThat(asked)
                    .as("those that nobody waits for are not asked for")
                    .hasSizeLessThanOrEqualTo(Lookups.MOST + 1);
        }
    }

    private static void await(CountDownLatch latch) throws UnknownHostException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new UnknownHostException("nobody let it go on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnknownHostException("interrupted");
        }
    }

    @Test
    void manyAtOnce_allEnd() throws Exception {
        try (ServerSocket server = listen(1_000)) {
            List<CompletableFuture<Probe.Outcome>> checks = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                checks.add(check("127.0.0.1", server.getLocalPort()));
            }
            for (CompletableFuture<Probe.Outcome> each : checks) {
                assertThat(of(each).passed()).isTrue();
            }
        }
    }

    @Test
    void closing_endsTheThread_andLaterChecksFail() throws Exception {
        try (ServerSocket server = listen(10)) {
            of(check("127.0.0.1", server.getLocalPort()));
            probe.close();
            assertThat(of(check("127.0.0.1", server.getLocalPort())).passed()).isFalse();
        }
    }

    /** Fails whenever it is asked to wait. */
    private static final class BrokenSelector extends AbstractSelector {
        final AtomicInteger waits = new AtomicInteger();
        final CountDownLatch closed = new CountDownLatch(1);

        BrokenSelector() {
            super(SelectorProvider.provider());
        }

        @Override
        protected void implCloseSelector() {
            closed.countDown();
        }

        @Override
        protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
            throw new IllegalStateException("broken");
        }

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            return Set.of();
        }

        @Override
        public int selectNow() throws IOException {
            return select();
        }

        @Override
        public int select(long timeout) throws IOException {
            return select();
        }

        @Override
        public int select() throws IOException {
            waits.incrementAndGet();
            throw new IOException("broken");
        }

        @Override
        public Selector wakeup() {
            return this;
        }
    }

    @Test
    void selectorThatFails_isAskedNoMore_andTheNextCheckOpensAnother() throws Exception {
        BrokenSelector broken = new BrokenSelector();
        Queue<Selector> first = new ConcurrentLinkedQueue<>(List.of(broken));
        TcpProbe.Selectors selectors = () -> {
            Selector next = first.poll();
            return next == null ? Selector.open() : next;
        };
        try (ServerSocket server = listen(50);
                TcpProbe careful = new TcpProbe(ProviderContext.system(), InetAddress::getByName, selectors)) {
            CompletableFuture<Probe.Outcome> lost = check(careful, "127.0.0.1", server.getLocalPort());
            assertThat(broken.closed.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(of(lost)).isEqualTo(new Probe.Outcome(false, "connection timed out"));
            assertThat(of(check(careful, "127.0.0.1", server.getLocalPort())).passed())
                    .isTrue();
            assertThat(broken.waits).hasValue(1);
        }
    }
}
