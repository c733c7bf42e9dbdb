package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One exchange of a {@link FakeTransport}. One timer at most: for the answer, or for the timeout if that comes first. */
final class FakeTransportCall implements TransportCall {

    private static final byte[] NOTHING = new byte[0];

    private final FakeTransport transport;
    private final TransportRequest request;
    private final CompletableFuture<TransportResponse> result = new CompletableFuture<>();
    private final AtomicBoolean begun = new AtomicBoolean();
    private volatile @Nullable Cancellable timer;

    FakeTransportCall(FakeTransport transport, TransportRequest request) {
        this.transport = transport;
        this.request = request;
    }

    @Override
    public TransportResponse execute() throws ExchangeException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        begin();
        try {
            transport.waiter().await(result);
            return result.get();
        } catch (InterruptedException e) {
            cancel();
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ExchangeException failure) {
                throw failure;
            }
            throw new IllegalStateException("the exchange ended in a way that it cannot", e);
        }
    }

    @Override
    public CompletableFuture<TransportResponse> executeAsync() {
        begin();
        return result;
    }

    private void begin() {
        if (!begun.compareAndSet(false, true)) {
            throw new IllegalStateException("an exchange is made once");
        }
        if (result.isDone()) {
            return;
        }
        try {
            follow(transport.begin(this, request));
        } catch (ExchangeException e) {
            result.completeExceptionally(e);
        } catch (RuntimeException e) {
            end(failure(FailureKind.UNEXPECTED, e));
        }
    }

    private void follow(FakeAnswer answer) {
        Duration latency = answer.latency();
        if (latency == null || latency.compareTo(request.timeout()) >= 0) {
            later(() -> end(failure(FailureKind.TIMEOUT, null)), request.timeout());
        } else if (latency.isZero()) {
            give(answer);
        } else {
            later(() -> give(answer), latency);
        }
    }

    private void later(Runnable task, Duration delay) {
        timer = transport.scheduler().schedule(task, delay);
        if (result.isDone()) {
            stopTimer();
        }
    }

    private void give(FakeAnswer answer) {
        FailureKind kind = answer.failure();
        byte[] body = carriesBody(answer.status()) ? answer.body() : NOTHING;
        if (kind != null) {
            end(failure(kind, null));
        } else if (body.length > request.maxResponseBytes()) {
            end(failure(FailureKind.RESPONSE_TOO_LARGE, null));
        } else {
            transport.ended(this);
            result.complete(new TransportResponse(answer.status(), answer.headers(), body));
        }
    }

    private boolean carriesBody(int status) {
        return !request.method().equals("HEAD") && status != 204 && status != 304;
    }

    @Override
    public void cancel() {
        end(new ExchangeException(FailureKind.CANCELLED, begun.get(), message(FailureKind.CANCELLED), null));
    }

    private void end(ExchangeException failure) {
        transport.ended(this);
        if (result.completeExceptionally(failure)) {
            stopTimer();
        }
    }

    private void stopTimer() {
        Cancellable set = timer;
        if (set != null) {
            set.cancel();
        }
    }

    private ExchangeException failure(FailureKind kind, @Nullable Throwable cause) {
        return new ExchangeException(kind, !kind.wasNeverSent(), message(kind), cause);
    }

    private String message(FailureKind kind) {
        return kind.words() + ": " + request.instance().address();
    }
}
