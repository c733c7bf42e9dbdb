package io.backstay;

import com.sun.management.ThreadMXBean;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What a call with all defaults allocates, from the path's template to the response, the transport's own aside. */
class CallAllocationTest {

    private static final long MOST_BYTES = 1_024;
    private static final int CALLS = 20_000;
    /** Until the compiler has done what it will; mostly it has after two. */
    private static final int MOST_ROUNDS = 50;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aCallThatSucceeds_staysWithinAKilobyte() {
        try (Backstay backstay = Backstay.builder()
                .endpoint("users", URI.create("http://one:8001"))
                .transport(new Instant())
                .build()) {
            ServiceClient users = backstay.client("users");
            long bytes = Long.MAX_VALUE;
            for (int round = 0; round < MOST_ROUNDS && bytes > MOST_BYTES; round++) {
                bytes = Math.min(bytes, bytesOfACall(users));
            }
            assertThat(bytes).isPositive().isLessThanOrEqualTo(MOST_BYTES);
        }
    }

    private long bytesOfACall(ServiceClient users) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALLS; i++) {
            assertSuccess(users.get("/users/{id}", 7).execute());
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / CALLS;
    }

    private static void assertSuccess(ServiceResponse response) {
        if (response.status() != 200) {
            throw new AssertionError(response);
        }
    }

    /** Is its own call, so that nothing but the engine's work is counted. */
    private static final class Instant implements HttpTransport, TransportCall {

        private static final TransportResponse RESPONSE =
                new TransportResponse(200, Headers.of("Content-Type", "application/json"), new byte[] {'{', '}'});

        @Override
        public Set<Capability> capabilities() {
            return Set.of();
        }

        @Override
        public TransportCall newCall(TransportRequest request) {
            return this;
        }

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

        @Override
        public void close() {}
    }
}
