package io.backstay.http.okhttp;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.RunningCalls;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.Call;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * One exchange, by {@code Call.execute} on its caller's thread or, asynchronously, on a worker. (OkHttp's own way to do the
 * latter, its dispatcher, does just that, but takes five at a time for a host.) One whose body is streamed out is made on a
 * worker in any case: its source is the user's code, and may block where nothing reaches it.
 */
final class OkHttpTransportCall implements RunningCalls.Timed, BodyStream.Owner {

    private final OkHttpTransport transport;
    private final TransportRequest request;
    private final AtomicBoolean claimed = new AtomicBoolean();
    private final ExchangeProgress progress;
    private final @Nullable StreamedBody streamedBody;
    private final Wire wire;

    private volatile @Nullable CompletableFuture<TransportResponse> result;

    private volatile long deadlineNanos;

    /** Until the head of a streamed response is there. */
    private volatile boolean timed = true;

    OkHttpTransportCall(OkHttpTransport transport, TransportRequest request) {
        this.transport = transport;
        this.request = request;
        this.progress = new ExchangeProgress(request);
        BodySource source = request.bodySource();
        this.streamedBody = source == null ? null : new StreamedBody(source);
        this.wire = new Wire(request, progress, streamedBody, transport.scheduler());
    }

    @Override
    public TransportResponse execute() throws ExchangeException, InterruptedException {
        claim();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (streamedBody != null) {
            return await(begin());
        }
        boolean streams = false;
        try {
            TransportResponse response = exchange(prepare());
            streams = goesOn(response);
            return response;
        } finally {
            end(streams);
        }
    }

    private TransportResponse await(CompletableFuture<TransportResponse> future)
            throws ExchangeException, InterruptedException {
        try {
            transport.waiter().await(future);
            return future.get();
        } catch (InterruptedException e) {
            cancel();
            throw e;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof ExchangeException failure
                    ? failure
                    : ExchangeException.of(FailureKind.UNEXPECTED, true, request, e.getCause());
        }
    }

    @Override
    public CompletableFuture<TransportResponse> executeAsync() {
        claim();
        return begin();
    }

    private CompletableFuture<TransportResponse> begin() {
        CompletableFuture<TransportResponse> future = new CompletableFuture<>();
        result = future;
        try {
            Call prepared = prepare();
            transport.workers().execute(() -> exchange(prepared, future));
        } catch (ExchangeException e) {
            end(false);
            future.completeExceptionally(e);
        } catch (RejectedExecutionException e) {
            end(false);
            future.completeExceptionally(ExchangeException.of(FailureKind.UNEXPECTED, false, request, e));
        }
        return future;
    }

    private void exchange(Call prepared, CompletableFuture<TransportResponse> future) {
        TransportResponse response = null;
        ExchangeException failure = null;
        try {
            response = exchange(prepared);
        } catch (ExchangeException e) {
            failure = e;
        } catch (InterruptedException e) {
            // The worker was told to stop, by whoever lent it.
            failure = ExchangeException.of(FailureKind.CANCELLED, true, request, e);
        } catch (Throwable e) {
            failure = ExchangeException.of(FailureKind.UNEXPECTED, true, request, e);
        } finally {
            end(goesOn(response));
        }
        if (failure != null) {
            future.completeExceptionally(failure);
        } else if (!future.complete(response)) {
            // Nobody will get to see it, so nobody would close it.
            cancel();
        }
    }

    private void claim() {
        if (!claimed.compareAndSet(false, true)) {
            throw new IllegalStateException("an exchange is made once");
        }
    }

    /** From here on the exchange is watched and can be cancelled. */
    private Call prepare() throws ExchangeException {
        Call prepared = transport.client().newCall(Requests.of(request, transport.addresses(), wire, streamedBody));
        prepared.addEventListener(new ConnectionEvents(wire));
        progress.begin(prepared);
        deadlineNanos = transport.deadline(request);
        if (!transport.add(this)) {
            throw ExchangeException.of(FailureKind.CANCELLED, false, request, null);
        }
        return prepared;
    }

    private static boolean goesOn(@Nullable TransportResponse response) {
        return response != null && response.stream() instanceof BodyStream;
    }

    /** Ends the watch, and the exchange too, unless that goes on with its stream. */
    private void end(boolean streams) {
        timed = false;
        if (!streams) {
            transport.remove(this);
        }
    }

    /** Kotlin declares no exceptions, so anything may come. */
    private TransportResponse exchange(Call prepared) throws ExchangeException, InterruptedException {
        Response response = null;
        boolean streams = false;
        TransportResponse answer;
        try {
            response = prepared.execute();
            streams = request.responseMode() == BodyMode.STREAMED && Responses.hasBody(response);
            answer = streams ? stream(response) : Responses.read(response, request, wire::allowMore);
        } catch (Exception e) {
            streams = false;
            throw failure(e);
        } finally {
            wire.endUpload();
            if (!streams) {
                progress.abandon();
            }
            if (response != null && !streams) {
                response.close();
            }
        }
        if (!streams) {
            progress.end();
        }
        return answer;
    }

    private TransportResponse stream(Response response) throws ExchangeException {
        BodyStream stream = new BodyStream(response, this);
        progress.beginStream(stream);
        return Responses.streamed(response, stream);
    }

    /** What was called off fails as such, whatever came of it. */
    private ExchangeException failure(Exception thrown) throws ExchangeException, InterruptedException {
        progress.end();
        if (thrown instanceof ExchangeException own) {
            return own;
        }
        if (thrown instanceof InterruptedException || Thread.interrupted()) {
            throw new InterruptedException();
        }
        return classified(thrown);
    }

    private ExchangeException classified(Exception thrown) {
        boolean maybe = progress.mayHaveBeenSent();
        if (progress.isCancelled()) {
            return ExchangeException.of(FailureKind.CANCELLED, maybe, request, thrown);
        }
        Exception exact = thrown instanceof IOException io ? ResponseHeads.exact(io, wire.unshared()) : thrown;
        return Failures.classify(exact, maybe, request);
    }

    @Override
    public void allowMore() {
        wire.allowMore();
    }

    @Override
    public void abandon() {
        progress.abandon();
    }

    /** An interrupt closes the connection, and stays for the reader to see. */
    @Override
    public ExchangeException failure(IOException thrown) {
        ExchangeException aborted = progress.aborted();
        if (aborted != null) {
            return aborted;
        }
        return Thread.currentThread().isInterrupted()
                ? ExchangeException.of(FailureKind.CANCELLED, true, request, thrown)
                : classified(thrown);
    }

    @Override
    public void ended() {
        progress.endStream();
        transport.remove(this);
    }

    @Override
    public void cancel() {
        abort(FailureKind.CANCELLED);
    }

    @Override
    public boolean isTimed() {
        return timed;
    }

    @Override
    public long deadlineNanos() {
        return deadlineNanos;
    }

    /**
     * Not by OkHttp's call timeout: that closes the connection without a look at whether the exchange has just ended and the
     * connection serves another.
     */
    @Override
    public void timeOut() {
        abort(FailureKind.TIMEOUT);
    }

    private void abort(FailureKind kind) {
        ExchangeException failure = progress.abort(kind);
        if (failure == null) {
            return;
        }
        CompletableFuture<TransportResponse> future = result;
        if (future != null) {
            // At once, even where the worker hangs in the look-up of a name; not here, since the user's code may
            // follow.
            onWorker(() -> future.completeExceptionally(failure));
        }
        StreamedBody body = streamedBody;
        if (body != null) {
            onWorker(body::stop);
        }
    }

    private void onWorker(Runnable task) {
        try {
            transport.workers().execute(task);
        } catch (RejectedExecutionException e) {
            // Then the worker that makes the exchange will tell, whose connection is closed by now.
        }
    }
}
