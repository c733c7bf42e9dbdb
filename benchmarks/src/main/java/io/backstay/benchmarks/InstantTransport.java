package io.backstay.benchmarks;

import io.backstay.Headers;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jmh.annotations.CompilerControl;

/**
 * Answers every request at once with the same small 200. What is left of a call is what the system round it costs.
 *
 * <p>{@link #newCall} is kept out of its callers, as any real transport's would be: else the compiler could leave out the
 * building of a request that nobody reads, more of it in one system than in another.
 */
final class InstantTransport implements HttpTransport {

    private static final TransportResponse RESPONSE = new TransportResponse(
            200,
            Headers.of("Content-Type", "application/json"),
            "{\"id\":1,\"name\":\"Ada\"}".getBytes(StandardCharsets.UTF_8));

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    public TransportCall newCall(TransportRequest request) {
        return new InstantCall(request);
    }

    @Override
    public void close() {}

    private record InstantCall(TransportRequest request) implements TransportCall {

        @Override
        public TransportResponse execute() {
            return RESPONSE;
        }

        @Override
        public CompletableFuture<TransportResponse> executeAsync() {
            return CompletableFuture.completedFuture(RESPONSE);
        }

        @Override
        public void cancel() {}
    }
}
