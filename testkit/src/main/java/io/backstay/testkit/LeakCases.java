package io.backstay.testkit;

import com.sun.management.UnixOperatingSystemMXBean;
import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Ten thousand exchanges of all sorts leave no thread and no file descriptor behind. */
abstract class LeakCases extends Http2FaultCases {

    private static final int ROUNDS = 2_000;
    private static final int UNCLOSED = 50;
    private static final int SLACK = 5;
    private static final long SETTLING_NANOS = 50_000_000;

    private record Held(int threads, long descriptors) {

        static Held now() {
            long descriptors = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                    ? unix.getOpenFileDescriptorCount()
                    : 0;
            return new Held(Thread.getAllStackTraces().size(), descriptors);
        }

        boolean isWithin(Held before) {
            return threads <= before.threads + SLACK && descriptors <= before.descriptors + SLACK;
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(60)
    @DisplayName("After 10,000 exchanges, whole, streamed, broken off and failed, as much is held as before")
    void tenThousandExchanges_leaveNothing(Mode mode) throws Exception {
        RawServer hello = hello();
        RawServer losing = raw(RawConnection::readRequest);
        RawServer stalling = raw(StreamServers.stallingAfter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
        rounds(mode, ROUNDS / 20, hello, losing, stalling);
        Held before = settled();

        rounds(mode, ROUNDS, hello, losing, stalling);

        assertSettles("with the transport open", before);
        transport.close();
        assertSettles("with the transport closed", before);
        assertThat(hello.requests()).isGreaterThanOrEqualTo(ROUNDS * 3);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Streams that were read to their end and never closed are held by nobody")
    void stream_readAndNotClosed_isNotHeld(Mode mode) throws Exception {
        RawServer server = hello();
        List<WeakReference<TransportCall>> calls = new ArrayList<>();
        for (int i = 0; i < UNCLOSED; i++) {
            TransportCall call = transport.newCall(get(server.uri()).streamed().build());
            calls.add(new WeakReference<>(call));
            assertThat(stream(mode.start(call).response()).readAllBytes()).isEqualTo(HELLO);
        }

        awaitUntil("all but the last are gone", () -> {
            System.gc();
            return calls.stream().filter(call -> call.get() != null).count() <= SLACK;
        });
    }

    private void rounds(Mode mode, int count, RawServer hello, RawServer losing, RawServer stalling)
            throws InterruptedException, IOException, ExchangeException {
        for (int i = 0; i < count; i++) {
            assertThat(made(mode, get(hello.uri())).body()).isEqualTo(HELLO);
            assertThat(made(mode, post(hello.uri())).body()).isEqualTo(HELLO);
            assertThat(stream(made(mode, get(hello.uri()).streamed())).readAllBytes())
                    .isEqualTo(HELLO);
            stream(made(mode, get(stalling.uri()).streamed())).close();
            assertLost(mode, post(losing.uri()));
        }
    }

    /** Blocking on this very thread: a new one for each exchange would be most of the work. */
    private TransportResponse made(Mode mode, Request request) throws ExchangeException, InterruptedException {
        if (mode == Mode.BLOCKING) {
            return transport.newCall(request.build()).execute();
        }
        Started started = start(mode, request);
        if (started.ended() instanceof ExchangeException failure) {
            throw failure;
        }
        return started.response();
    }

    private void assertLost(Mode mode, Request request) throws InterruptedException {
        try {
            made(mode, request);
        } catch (ExchangeException failure) {
            assertThat(failure.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
            return;
        }
        throw new AssertionError("expected a lost connection, but a response came");
    }

    private static InputStream stream(TransportResponse response) {
        InputStream stream = response.stream();
        if (stream == null) {
            throw new AssertionError("a streamed response was asked for, and a buffered one came");
        }
        return stream;
    }

    /** What is held once it no longer becomes less. */
    private static Held settled() throws InterruptedException {
        CompletableFuture<Void> never = new CompletableFuture<>();
        Held last = Held.now();
        while (true) {
            System.gc();
            SystemTime.shared().await(never, SETTLING_NANOS);
            Held now = Held.now();
            if (now.threads >= last.threads && now.descriptors >= last.descriptors) {
                return now;
            }
            last = now;
        }
    }

    private static void assertSettles(String when, Held before) throws InterruptedException {
        awaitUntil(when + " no more than " + before + " is held, but " + Held.now(), () -> {
            System.gc();
            return Held.now().isWithin(before);
        });
    }
}
