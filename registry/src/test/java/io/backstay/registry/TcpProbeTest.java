package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
        CompletableFuture<Probe.Outcome> outcome = new CompletableFuture<>();
        probe.begin(ServiceInstance.builder("users").host(host).port(port).build(), CHECK, outcome::complete);
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
}
