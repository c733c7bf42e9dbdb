package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What every {@link HttpTransport} must do, as tests against real servers on loopback. Extend it and make the transport:
 *
 * <pre>{@code
 * class MyTransportContractTest extends HttpTransportContract {
 *     @Override
 *     protected HttpTransport create(ProviderContext context) {
 *         return new MyTransportProvider().create(context);
 *     }
 * }
 * }</pre>
 *
 * <p>Each case that makes an exchange runs blocking and asynchronously. What a transport declares among its
 * {@link HttpTransport#capabilities()} is allowed for; nothing else is. The cases stand in groups, one on top of the other:
 * messages, bodies, timeouts, losses, cancelling, TLS, bodies streamed out and in, proxies, hostile servers, what must not be
 * added, HTTP/2, leaks, and here what concerns many exchanges and the transport's end.
 *
 * <p>The transport is told whom to trust and which proxy to use by {@link ProviderContext#tls()} and
 * {@link ProviderContext#proxy()}, which {@code create} must heed; one over a client that is set up elsewhere excuses itself
 * by {@link #exclusions()}.
 */
public abstract class HttpTransportContract extends LeakCases {

    private static final int MANY = 64;

    /** For the subclass that is under test. */
    protected HttpTransportContract() {}

    /** A new transport, which the case closes. */
    protected abstract HttpTransport create(ProviderContext context);

    /**
     * What this transport cannot do, each with the reason; the cases concerned are reported as skipped, with it. None by
     * default.
     */
    protected Map<Requirement, String> exclusions() {
        return Map.of();
    }

    @Override
    final Map<Requirement, String> excused() {
        return exclusions();
    }

    @Override
    final HttpTransport newTransport(ProviderContext context) {
        return create(context);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("64 exchanges run at once")
    void many_atOnce(Mode mode) throws Exception {
        AtomicInteger arrived = new AtomicInteger();
        CompletableFuture<Void> all = new CompletableFuture<>();
        RawServer server = raw(connection -> {
            while (true) {
                connection.readRequest();
                if (arrived.incrementAndGet() == MANY) {
                    all.complete(null);
                }
                all.orTimeout(AMPLE.toSeconds(), TimeUnit.SECONDS).join();
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            }
        });
        List<Started> started = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            started.add(start(mode, get(server.uri())));
        }

        for (Started one : started) {
            assertThat(one.response().body()).isEqualTo(HELLO);
        }
        assertThat(server.requests()).isEqualTo(MANY);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Exchanges one after the other share a connection")
    void connection_isUsedAgain(Mode mode) throws Exception {
        RawServer server = hello();

        for (int i = 0; i < 20; i++) {
            exchange(mode, get(server.uri()));
        }

        assertThat(server.requests()).isEqualTo(20);
        assertThat(server.accepted()).isOne();
    }

    @Test
    @DisplayName("The future of an exchange fails with a bare ExchangeException, so that get() wraps it just once")
    void future_failsBare() throws Exception {
        RawServer server = raw(RawConnection::readRequest);

        CompletableFuture<TransportResponse> future =
                transport.newCall(post(server.uri()).build()).executeAsync();

        assertThatThrownBy(() -> future.get(Started.BOUND_NANOS, TimeUnit.NANOSECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isExactlyInstanceOf(ExchangeException.class);
        assertThat(future.handle((response, thrown) -> thrown).join()).isExactlyInstanceOf(ExchangeException.class);
    }

    @Test
    @DisplayName("executeAsync() returns while the server is still silent")
    void executeAsync_doesNotBlock() throws Exception {
        CompletableFuture<Void> go = new CompletableFuture<>();
        RawServer server = raw(connection -> {
            connection.readRequest();
            go.orTimeout(AMPLE.toSeconds(), TimeUnit.SECONDS).join();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            connection.awaitClose();
        });

        CompletableFuture<TransportResponse> future =
                transport.newCall(get(server.uri()).build()).executeAsync();

        assertThat(future).isNotDone();
        go.complete(null);
        await("the response", future);
    }

    @Test
    @DisplayName("The thread that completes a future may block, in another exchange of the same transport, say")
    void completingThread_mayBlock() throws Exception {
        PlainServer server = closing(PlainServer.answering(200, HELLO));
        List<CompletableFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            futures.add(transport
                    .newCall(get(server.uri()).build())
                    .executeAsync()
                    .thenApply(first ->
                            blockingStatus(transport.newCall(get(server.uri()).build()))));
        }

        for (CompletableFuture<Integer> future : futures) {
            await("an exchange made in the stage of another", future);
            assertThat(future.join()).isEqualTo(200);
        }
    }

    private static int blockingStatus(TransportCall call) {
        try {
            return call.execute().status();
        } catch (ExchangeException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Closing the transport fails what runs as cancelled and closes its connections")
    void close_cancelsRunning(Mode mode) throws Exception {
        RawServer silent = raw(connection -> {
            connection.readRequest();
            connection.awaitClose();
        });
        RawServer stalled = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.awaitClose();
        });
        Started first = start(mode, get(silent.uri()));
        Started second = start(mode, get(stalled.uri()));
        awaitUntil("both requests have arrived", () -> silent.requests() == 1 && stalled.requests() == 1);

        transport.close();

        first.failure(FailureKind.CANCELLED);
        second.failure(FailureKind.CANCELLED);
        awaitAllClosed(silent);
        awaitAllClosed(stalled);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("After closing, an exchange fails as cancelled and nothing is sent, also one prepared before")
    void close_refusesLater(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::readRequest);
        TransportCall prepared = transport.newCall(get(server.uri()).build());

        transport.close();
        transport.close();

        assertThat(mode.start(prepared).failure(FailureKind.CANCELLED).mayHaveBeenSent())
                .isFalse();
        assertThat(failure(mode, get(server.uri()), FailureKind.CANCELLED).mayHaveBeenSent())
                .isFalse();
        assertThat(server.accepted()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Of exchanges that were cancelled, timed out or too large, no connection stays open")
    void abandonedExchanges_leaveNothingOpen(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.awaitClose();
        });
        List<Started> cancelled = new ArrayList<>();
        List<Started> timedOut = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            cancelled.add(start(mode, get(server.uri())));
            timedOut.add(start(mode, get(server.uri()).timeout(SHORT)));
            failure(mode, get(server.uri()).maxResponseBytes(50), FailureKind.RESPONSE_TOO_LARGE);
        }
        awaitUntil("all requests have arrived", () -> server.requests() == 30);

        for (Started one : cancelled) {
            one.call().cancel();
            one.failure(FailureKind.CANCELLED);
        }
        for (Started one : timedOut) {
            one.failure(FailureKind.TIMEOUT);
        }
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Threads do not grow with the number of exchanges")
    void threads_doNotGrow(Mode mode) throws Exception {
        RawServer server = hello();
        for (int i = 0; i < 20; i++) {
            exchange(mode, get(server.uri()));
        }
        int before = Thread.getAllStackTraces().size();

        for (int i = 0; i < 300; i++) {
            exchange(mode, get(server.uri()));
        }

        assertThat(Thread.getAllStackTraces().size()).isLessThan(before + 20);
    }

    @Test
    @DisplayName("Exchanges with several servers do not wait for one another")
    void silentServer_delaysNoOther() throws Exception {
        RawServer silent = raw(connection -> {
            connection.readRequest();
            connection.awaitClose();
        });
        PlainServer server = closing(PlainServer.answering(200, HELLO));
        List<Started> stuck = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            stuck.add(start(Mode.ASYNC, get(silent.uri()).timeout(Duration.ofSeconds(60))));
        }

        assertThat(exchange(Mode.ASYNC, get(server.uri())).body()).isEqualTo(HELLO);
        assertThat(exchange(Mode.BLOCKING, get(server.uri())).body()).isEqualTo(HELLO);

        stuck.forEach(one -> one.call().cancel());
        awaitUntil(
                "all are cancelled",
                () -> stuck.stream().allMatch(one -> one.future().isDone()));
    }
}
