package io.backstay.http.okhttp;

import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@DisplayName("Connections in OkHttp's pool")
class StaleConnectionTest {

    private static final byte[] RESPONSE =
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private ServerSocket listener;

    @BeforeEach
    void start() throws IOException {
        listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        SystemTime.shared().workers().execute(this::accept);
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                accepted.incrementAndGet();
                open.incrementAndGet();
                sockets.add(socket);
                SystemTime.shared().workers().execute(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** Requests without a body. */
    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            int last = 0;
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                last = last << 8 | octet;
                if (last == 0x0d0a0d0a) {
                    requests.incrementAndGet();
                    socket.getOutputStream().write(RESPONSE);
                }
            }
        } catch (IOException gone) {
            // The client's side is looked at by the cases.
        } finally {
            open.decrementAndGet();
        }
    }

    private int call(HttpTransport transport, String method) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + listener.getLocalPort());
        return transport
                .newCall(new TransportRequest(
                        method,
                        ServiceInstance.of("pool", uri),
                        "/",
                        Headers.empty(),
                        null,
                        Duration.ofSeconds(15).toNanos(),
                        1000))
                .execute()
                .status();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    @DisplayName("are replaced when the server has closed them, or has said what nobody asked for")
    void stale_isReplaced(String method) throws Exception {
        try (HttpTransport transport = OkHttpTransport.builder().build()) {
            call(transport, method);
            sockets.remove().shutdownOutput();
            assertThat(call(transport, method)).isEqualTo(200);

            Socket chatty = sockets.remove();
            chatty.getOutputStream().write("HTTP/1.1 408 Request Timeout\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(call(transport, method)).isEqualTo(200);

            assertThat(accepted).hasValue(3);
            assertThat(requests).hasValue(3);
        }
    }

    @Test
    @DisplayName("are used again as long as they live")
    void alive_isUsedAgain() throws Exception {
        try (HttpTransport transport = OkHttpTransport.builder().build()) {
            for (int i = 0; i < 200; i++) {
                assertThat(call(transport, i % 2 == 0 ? "GET" : "POST")).isEqualTo(200);
            }
            assertThat(accepted).hasValue(1);
        }
    }

    @Test
    @DisplayName("are closed with the transport that made them")
    void close_closesIdle() throws Exception {
        try (HttpTransport transport = OkHttpTransport.builder().build()) {
            call(transport, "GET");
            assertThat(open).hasValue(1);
        }
        long until = SystemTime.shared().nanoTime() + Duration.ofSeconds(15).toNanos();
        while (open.get() > 0 && SystemTime.shared().nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(open).hasValue(0);
    }
}
