package io.backstay.demo;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The program from its command line to its exit status, against a server in this process. */
class AgainstCommandTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final AtomicInteger status = new AtomicInteger(200);
    private final AtomicInteger requests = new AtomicInteger();
    private final Set<URI> asked = ConcurrentHashMap.newKeySet();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            asked.add(exchange.getRequestURI());
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int against(String pathAndQuery, String... more) {
        return run("http://127.0.0.1:" + server.getAddress().getPort() + pathAndQuery, more);
    }

    private int run(String address, String... more) {
        String[] arguments = new String[more.length + 2];
        arguments[0] = "--against";
        arguments[1] = address;
        System.arraycopy(more, 0, arguments, 2, more.length);
        return Demo.run(print(out), print(err), arguments);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    @Test
    void run_againstHealthyServer_sendsThatManyAndPrintsTheTable() {
        assertThat(against("/users/a%20b?all=yes&q=%C3%A9", "--rate", "50", "--seconds", "1"))
                .isZero();

        assertThat(asked).containsExactly(URI.create("/users/a%20b?all=yes&q=%C3%A9"));
        assertThat(requests.get()).isBetween(30, 60);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("p50 ms", "breaker changes", "against");
        assertThat(err.size()).isZero();
    }

    @Test
    void run_againstServerThatFails_runsAllTheSameAndTellsOfTheBreaker() {
        status.set(500);

        assertThat(against("", "--rate", "50", "--seconds", "2")).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("answered 500", "circuit breaker OPEN");
    }

    @Test
    void run_againstPortWhereNobodyListens_isRefusedInOneLine() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        assertThat(run("http://127.0.0.1:" + port + "/")).isEqualTo(2);

        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("demo.sh: cannot reach 127.0.0.1:%d: connection failed%n".formatted(port));
    }

    @Test
    void run_againstHostThatIsUnknown_isRefusedInOneLine() {
        assertThat(run("http://no-such-host.invalid/")).isEqualTo(2);

        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("demo.sh: cannot reach no-such-host.invalid: unknown host");
    }

    @Test
    void run_withBadOption_isRefusedInOneLine() {
        assertThat(against("/", "--rate", "0")).isEqualTo(2);

        assertThat(err.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        assertThat(requests.get()).isZero();
    }
}
