package io.backstay.testkit;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.spi.BodyMode;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
    private volatile @Nullable FakeBody stream;

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
            FakeAnswer answer = transport.begin(this, request);
            takeBody();
            follow(answer);
        } catch (ExchangeException e) {
            result.completeExceptionally(e);
        } catch (RuntimeException e) {
            end(failure(FailureKind.UNEXPECTED, e));
        }
    }

    private void follow(FakeAnswer answer) {
        if (result.isDone()) {
            return;
        }
        Duration latency = isStreamed() ? answer.latency() : wholeLatency(answer);
        if (latency == null || latency.compareTo(request.timeout()) >= 0) {
            later(() -> end(failure(FailureKind.TIMEOUT, null)), request.timeout());
        } else if (latency.isZero()) {
            give(answer);
        } else {
            later(() -> give(answer), latency);
        }
    }

    /** Reads a streamed request body to its end, as a server would; what its source throws ends the exchange. */
    private void takeBody() {
        BodySource source = request.bodySource();
        if (source == null) {
            return;
        }
        try (InputStream in = source.open()) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            end(failure(FailureKind.UNEXPECTED, e));
        }
    }

    private boolean isStreamed() {
        return request.responseMode() == BodyMode.STREAMED;
    }

    private static @Nullable Duration wholeLatency(FakeAnswer answer) {
        Duration head = answer.latency();
        Duration body = answer.bodyTime();
        return head == null || body == null ? null : head.plus(body);
    }

    private void later(Runnable task, Duration delay) {
        timer = transport.scheduler().schedule(task, delay);
        if (result.isDone()) {
            stopTimer();
        }
    }

    private void give(FakeAnswer answer) {
        FailureKind kind = answer.failure();
        if (kind != null) {
            end(failure(kind, null));
        } else if (isStreamed()) {
            giveStream(answer);
        } else {
            giveWhole(answer);
        }
    }

    private void giveWhole(FakeAnswer answer) {
        byte[] body = carriesBody(answer.status()) ? answer.wholeBody() : NOTHING;
        if (body.length > request.maxResponseBytes()) {
            end(failure(FailureKind.RESPONSE_TOO_LARGE, null));
        } else if (answer.ending() == FakeAnswer.Ending.BROKEN_OFF) {
            end(failure(FailureKind.CONNECTION_LOST, null));
        } else {
            transport.ended(this);
            result.complete(new TransportResponse(answer.status(), answer.headers(), body));
        }
    }

    /** The exchange goes on until its stream has ended. */
    private void giveStream(FakeAnswer answer) {
        boolean carries = carriesBody(answer.status());
        FakeBody body = new FakeBody(
                carries ? answer : FakeAnswer.status(answer.status()), transport.waiter(), () -> transport.ended(this));
        stream = body;
        result.complete(TransportResponse.streamed(answer.status(), answer.headers(), body));
    }

    private boolean carriesBody(int status) {
        return !request.method().equals("HEAD") && status != 204 && status != 304;
    }

    @Override
    public void cancel() {
        FakeBody open = stream;
        if (open != null) {
            open.cut(new ExchangeException(FailureKind.CANCELLED, true, message(FailureKind.CANCELLED), null));
        }
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
