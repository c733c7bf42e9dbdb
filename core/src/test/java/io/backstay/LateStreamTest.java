package io.backstay;

import io.backstay.balance.InstanceState;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import io.backstay.spi.VirtualTime;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** An answer whose body is streamed, that comes at the very moment in which its call is given up. */
class LateStreamTest {

    private final VirtualTime time = new VirtualTime();
    private final ScriptedBody body = new ScriptedBody(time).piece(Duration.ofSeconds(1), "x");
    private final AtomicReference<CompletableFuture<StreamedResponse>> call = new AtomicReference<>();
    private int attempts;

    /** Fails first; then its answer is there before it can see that it is cancelled. */
    private final class LateTransport implements HttpTransport {

        @Override
        public Set<Capability> capabilities() {
            return Set.of();
        }

        @Override
        public TransportCall newCall(TransportRequest request) {
            return new TransportCall() {
                @Override
                public TransportResponse execute() {
                    throw new AssertionError("calls are asynchronous here");
                }

                @Override
                public CompletableFuture<TransportResponse> executeAsync() {
                    if (++attempts == 1) {
                        return CompletableFuture.completedFuture(
                                new TransportResponse(503, Headers.empty(), new byte[0]));
                    }
                    assertThat(call.get().cancel(true)).isTrue();
                    return CompletableFuture.completedFuture(TransportResponse.streamed(200, Headers.empty(), body));
                }

                @Override
                public void cancel() {}
            };
        }

        @Override
        public void close() {}
    }

    @Test
    void streamThatArrivesAsItsCallIsCancelled_isClosed_andItsInstanceIsFreeAgain() {
        Backstay backstay = Backstay.builder()
                .virtualTime(time)
                .transport(new LateTransport())
                .policy(Fixture.retrying(3, Duration.ofSeconds(1)))
                .endpoint("users", URI.create("http://one:8001"))
                .build();

        call.set(backstay.client("users").get("/events").asAsync(StreamedResponse.class));
        time.advance(Duration.ofSeconds(2));

        assertThat(attempts).isEqualTo(2);
        assertThat(call.get()).isCancelled();
        assertThat(body.closed).isTrue();
        assertThat(backstay.instances("users"))
                .singleElement()
                .extracting(InstanceState::pending)
                .isEqualTo(0);
    }
}
