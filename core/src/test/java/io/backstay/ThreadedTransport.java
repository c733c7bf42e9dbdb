package io.backstay;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Answers 503 on real threads of its own. */
final class ThreadedTransport implements HttpTransport {

    final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
    private final SystemTime system;

    ThreadedTransport(SystemTime system) {
        this.system = system;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public TransportCall newCall(TransportRequest request) {
        return new TransportCall() {
            @Override
            public TransportResponse execute() {
                return executeAsync().join();
            }

            @Override
            public CompletableFuture<TransportResponse> executeAsync() {
                return CompletableFuture.supplyAsync(
                        () -> {
                            threads.add(Thread.currentThread());
                            return new TransportResponse(503, Headers.empty(), new byte[0]);
                        },
                        system.workers());
            }

            @Override
            public void cancel() {}
        };
    }

    @Override
    public void close() {}
}
