package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@DisplayName("A response's body that is streamed")
class ResponseStreamTest {

    private final TransportRequest request = new TransportRequest(
            "GET", ServiceInstance.of("own", URI.create("http://127.0.0.1:1")), "/", Headers.empty(), null, 1, 1);
    private final AtomicInteger ends = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private final AtomicInteger cancels = new AtomicInteger();
    private final ResponseStream stream = new ResponseStream(request, new Head(), ends::incrementAndGet);

    private static final class Head implements ResponseInfo {

        @Override
        public int statusCode() {
            return 200;
        }

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of(), (name, value) -> true);
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    private void subscribe() {
        stream.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                demand.addAndGet(n);
            }

            @Override
            public void cancel() {
                cancels.incrementAndGet();
            }
        });
    }

    private void deliver(String... pieces) {
        demand.decrementAndGet();
        stream.onNext(List.of(pieces).stream()
                .map(piece -> ByteBuffer.wrap(piece.getBytes(StandardCharsets.US_ASCII)))
                .toList());
    }

    private ExchangeException cancelled() {
        return ExchangeException.of(FailureKind.CANCELLED, true, request, null);
    }

    private CompletableFuture<Object> readInBackground() {
        CompletableFuture<Object> result = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try {
                result.complete(stream.read());
            } catch (IOException e) {
                result.complete(e);
            }
        });
        reader.start();
        return result;
    }

    private static Object outcome(CompletableFuture<Object> result) throws Exception {
        return result.get(10, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("hands over what has arrived without waiting for more, then its end")
    void read_handsOverWhatIsThere() throws Exception {
        subscribe();
        deliver("ab", "", "c");
        byte[] target = new byte[10];

        assertThat(stream.read(target, 0, 0)).isZero();
        assertThat(stream.read(target, 0, 1)).isOne();
        assertThat(stream.available()).isOne();
        assertThat(stream.read(target, 1, 9)).isOne();
        assertThat(stream.read()).isEqualTo('c');
        stream.onComplete();
        assertThat(stream.read()).isEqualTo(-1);
        assertThat(stream.read(target)).isEqualTo(-1);
        assertThat(ends).hasValue(1);
        assertThat(cancels).hasValue(0);
    }

    @Test
    @DisplayName("asks for a few pieces in advance, and for one more as one is taken")
    void demand_isBounded() throws Exception {
        subscribe();
        long ahead = demand.get();
        assertThat(ahead).isBetween(1L, 8L);

        while (demand.get() > 0) {
            deliver("x");
        }
        assertThat(stream.read()).isEqualTo('x');

        assertThat(demand).hasValue(1);
    }

    @Test
    @DisplayName("hands over what arrived before the connection was lost, then fails")
    void read_afterLoss_failsAtLast() throws Exception {
        subscribe();
        deliver("a");
        stream.onError(new IOException("fixed content-length: 10, bytes received: 1"));

        assertThat(stream.read()).isEqualTo('a');
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(stream::read)
                    .isInstanceOf(IOException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            ExchangeException.class,
                            lost -> assertThat(lost.kind()).isEqualTo(FailureKind.CONNECTION_LOST));
        }
        assertThat(ends).hasValue(1);
    }

    @Test
    @DisplayName("fails a blocked reader at once when it is cancelled, and frees the connection")
    void abort_wakesTheReader() throws Exception {
        subscribe();
        CompletableFuture<Object> read = readInBackground();
        SystemTime.shared().await(read, TimeUnit.MILLISECONDS.toNanos(20));
        assertThat(read).isNotDone();

        stream.abort(cancelled());
        stream.abort(cancelled());

        assertThat(outcome(read))
                .isInstanceOfSatisfying(
                        IOException.class, failed -> assertThat(failed).hasCauseInstanceOf(ExchangeException.class));
        assertThat(cancels).hasValue(1);
        assertThat(ends).hasValue(1);
    }

    @Test
    @DisplayName("fails at once when it is cancelled, though more has arrived")
    void abort_dropsWhatArrived() throws Exception {
        subscribe();
        deliver("abc");
        assertThat(stream.read()).isEqualTo('a');

        stream.abort(cancelled());

        assertThat(stream.available()).isZero();
        assertThatThrownBy(stream::read).hasCauseInstanceOf(ExchangeException.class);
    }

    @Test
    @DisplayName("fails a blocked reader when another thread closes it, and closes once")
    void close_wakesTheReader() throws Exception {
        subscribe();
        CompletableFuture<Object> read = readInBackground();
        SystemTime.shared().await(read, TimeUnit.MILLISECONDS.toNanos(20));

        stream.close();
        stream.close();

        assertThat(outcome(read))
                .isInstanceOfSatisfying(
                        IOException.class,
                        failed -> assertThat(failed)
                                .hasMessageContaining("closed")
                                .hasNoCause());
        assertThat(cancels).hasValue(1);
        assertThat(ends).hasValue(1);
    }

    @Test
    @DisplayName("lets go of a connection that it is given only after it was closed")
    void subscribe_afterClose_cancels() {
        stream.close();

        subscribe();

        assertThat(cancels).hasValue(1);
        assertThat(demand).hasValue(0);
    }

    @Test
    @DisplayName("never touches the connection again once the body is complete")
    void end_leavesTheConnectionAlone() throws Exception {
        subscribe();
        stream.onComplete();
        assertThat(ends).hasValue(1);

        stream.abort(cancelled());
        assertThat(stream.read()).isEqualTo(-1);
        stream.close();

        assertThat(cancels).hasValue(0);
        assertThat(ends).hasValue(1);
    }

    @Test
    @DisplayName("fails an interrupted reader, keeps its interrupt and frees the connection")
    void interrupt_cancels() {
        subscribe();
        Thread.currentThread().interrupt();

        assertThatThrownBy(stream::read)
                .isInstanceOf(InterruptedIOException.class)
                .cause()
                .isInstanceOfSatisfying(
                        ExchangeException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(cancels).hasValue(1);
    }
}
