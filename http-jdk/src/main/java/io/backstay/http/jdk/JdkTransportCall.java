package io.backstay.http.jdk;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.RunningCalls;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One exchange. A blocking one runs by {@code HttpClient.send} on its caller's thread, which spares the changes of thread
 * that {@code sendAsync} makes; until the head of the response is there, only an interrupt can get at it.
 */
final class JdkTransportCall implements RunningCalls.Timed {

    /** How much later than our own timer the client may be to tell whether there was a connection; mostly it is 5 ms. */
    private static final long CLIENT_TIMER_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** From JDK 26 on the client's own timeout covers the body, which that of a streamed response must not. */
    private static final boolean CLIENT_TIMES_BODIES = Runtime.version().feature() >= 26;

    private final JdkHttpTransport transport;
    private final RunningExchanges running;
    private final TransportRequest request;
    private final @Nullable RequestStream upload;
    private final boolean streamsResponse;
    private final boolean plain;

    /** Not this: an object that also stands in a hash set, by identity, has each lock of it inflated. */
    private final ExchangeState state;

    private volatile long deadlineNanos;
    private volatile long graceNanos;

    JdkTransportCall(JdkHttpTransport transport, RunningExchanges running, TransportRequest request) {
        this.transport = transport;
        this.running = running;
        this.request = request;
        this.state = new ExchangeState(request);
        BodySource source = request.bodySource();
        this.upload = source == null ? null : new RequestStream(source, running.workers(), this::uploadFailed);
        this.streamsResponse = request.responseMode() == BodyMode.STREAMED;
        this.plain = Requests.isPlain(request, transport.httpVersion(), transport.proxy());
    }

    /** Whether nothing that the client does for it may block. */
    boolean isPlain() {
        return plain;
    }

    @Override
    public boolean isTimed() {
        return state.isTimed();
    }

    @Override
    public long deadlineNanos() {
        return deadlineNanos + graceNanos;
    }

    @Override
    public TransportResponse execute() throws ExchangeException, InterruptedException {
        if (running.isWary()) {
            return executeByFuture();
        }
        state.claim();
        HttpRequest prepared = begin();
        boolean streamGoesOn = false;
        try {
            running.add(this);
            TransportResponse response = send(openClient(), prepared);
            streamGoesOn = response.stream() instanceof ResponseStream;
            return response;
        } finally {
            if (!streamGoesOn) {
                tidyUp();
            }
        }
    }

    /** Costs two changes of thread, and gets at a connection that the client has forgotten, see {@link #closeForgotten}. */
    private TransportResponse executeByFuture() throws ExchangeException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try {
            CompletableFuture<TransportResponse> future = executeAsync();
            running.waiter().await(future);
            return future.get();
        } catch (InterruptedException e) {
            cancel();
            throw e;
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private TransportResponse send(HttpClient client, HttpRequest prepared)
            throws ExchangeException, InterruptedException {
        state.enter();
        HttpResponse<TransportResponse> response = null;
        Exception failure = null;
        try {
            response = client.send(prepared, this::collect);
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure = e;
        } finally {
            state.leave(isStreaming(response));
        }
        if (failure instanceof InterruptedException byUser && !state.isInterruptedByUs()) {
            release();
            throw byUser;
        }
        ExchangeException aborted = state.aborted();
        if (aborted != null) {
            throw aborted;
        }
        if (response == null) {
            release();
            throw failure(failure);
        }
        return given(response);
    }

    private boolean isStreaming(@Nullable HttpResponse<TransportResponse> response) {
        return streamsResponse && response != null && response.body() != null;
    }

    /** Of a proxy that refuses a tunnel by 407 the client reads no body, and asks nobody to take one in. */
    private TransportResponse given(HttpResponse<TransportResponse> response) {
        TransportResponse collected = response.body();
        if (collected != null) {
            return collected;
        }
        Headers headers = Headers.received(response.headers().map());
        return streamsResponse
                ? TransportResponse.streamed(response.statusCode(), headers, InputStream.nullInputStream())
                : new TransportResponse(response.statusCode(), headers, new byte[0]);
    }

    @Override
    public CompletableFuture<TransportResponse> executeAsync() {
        CompletableFuture<TransportResponse> future = new CompletableFuture<>();
        state.claim();
        try {
            HttpRequest prepared = begin();
            running.add(this);
            sendAsync(openClient(), prepared, future);
        } catch (ExchangeException | RuntimeException e) {
            tidyUp();
            future.completeExceptionally(failure(e));
        }
        return future;
    }

    private void sendAsync(HttpClient client, HttpRequest prepared, CompletableFuture<TransportResponse> future)
            throws ExchangeException {
        state.promise(future);
        CompletableFuture<HttpResponse<TransportResponse>> sent = client.sendAsync(prepared, this::collect);
        if (!state.isWanted(sent)) {
            sent.cancel(true);
        }
        var unused = sent.whenComplete((response, failure) -> complete(future, response, failure));
    }

    private void complete(
            CompletableFuture<TransportResponse> future,
            @Nullable HttpResponse<TransportResponse> response,
            @Nullable Throwable failure) {
        boolean may = mayComplete(isStreaming(response));
        if (response == null && (may || isRefused())) {
            closeForgotten();
        }
        if (!may) {
            return;
        }
        if (response != null) {
            future.complete(given(response));
        } else {
            future.completeExceptionally(failure(failure));
        }
    }

    /**
     * A response over HTTP/1.1 is whole, its connection back in the pool. The client is about to say so by one more thread, which
     * is not waited for where this is its selector's: a worker gets there sooner.
     */
    private void arrived(TransportResponse response) {
        CompletableFuture<TransportResponse> future = state.promised();
        if (future == null || !transport.isInPlace()) {
            return;
        }
        try {
            running.workers().execute(() -> {
                if (mayComplete(false)) {
                    future.complete(response);
                }
            });
        } catch (RejectedExecutionException e) {
            // Then the client's word is waited for.
        }
    }

    private boolean mayComplete(boolean streamGoesOn) {
        boolean may = state.complete(streamGoesOn);
        if (may && !streamGoesOn) {
            tidyUp();
        }
        return may;
    }

    @Override
    public void cancel() {
        abort(FailureKind.CANCELLED, FailureKind.CANCELLED.words(), null);
    }

    private void uploadFailed(Throwable cause) {
        abort(FailureKind.UNEXPECTED, "the request's body could not be read", cause);
    }

    /** The deadline has passed; where the client watches as well, it has the first word, until the head is there. */
    @Override
    public void timeOut() {
        if (state.leavesFirstWordToClient()) {
            graceNanos = CLIENT_TIMER_GRACE_NANOS;
            running.rewatch(this);
        } else {
            abort(FailureKind.TIMEOUT, FailureKind.TIMEOUT.words(), null);
        }
    }

    /** Whether we have ended it because of its head. */
    private boolean isRefused() {
        ExchangeException aborted = state.aborted();
        return aborted != null && aborted.kind() == FailureKind.PROTOCOL_ERROR;
    }

    /**
     * The client neither closes nor keeps the connection of a response whose head it cannot read or use, but a future of its own
     * making still reaches it, unlike the one that has failed. Not for an exchange that was cancelled: it may have been over by
     * then, and another have its connection.
     */
    private void closeForgotten() {
        CompletableFuture<?> sent = state.exchange();
        if (sent != null) {
            sent.newIncompleteFuture().cancel(true);
        }
    }

    private HttpRequest begin() throws ExchangeException {
        boolean byClientToo = transport.outlastedByConnecting(request) && !(streamsResponse && CLIENT_TIMES_BODIES);
        state.begin(byClientToo);
        deadlineNanos = running.deadline(request.timeoutNanos());
        return Requests.of(request, upload, transport.httpVersion(), transport.proxy(), byClientToo);
    }

    /** Asked for only once this call is among the running ones, so that closing misses none. */
    private HttpClient openClient() throws ExchangeException {
        HttpClient client = transport.client();
        if (client == null) {
            throw ExchangeException.of(FailureKind.CANCELLED, false, request, null);
        }
        return client;
    }

    /** Cut off by its own timer while the head arrives, the client says no more than that the connection was lost. */
    private ExchangeException failure(@Nullable Throwable thrown) {
        ExchangeException failure = Failures.classify(thrown, request);
        if (failure.kind() == FailureKind.PROTOCOL_ERROR) {
            running.beWary();
        }
        boolean timedOut = failure.kind() == FailureKind.CONNECTION_LOST
                && transport.outlastedByConnecting(request)
                && running.isDue(deadlineNanos);
        return timedOut ? ExchangeException.of(FailureKind.TIMEOUT, true, request, thrown) : failure;
    }

    private BodySubscriber<TransportResponse> collect(ResponseInfo head) {
        long announced = Framing.announcedLength(head);
        ResponseBody begun = streamsResponse
                ? new ResponseStream(request, head, this::streamEnded)
                : new ResponseCollector(request, head, announced, whenWhole(head));
        state.arrives(begun, streamsResponse);
        ExchangeException aborted = state.aborted();
        if (aborted != null) {
            begun.abort(aborted);
        }
        if (announced == Framing.BROKEN) {
            abort(FailureKind.PROTOCOL_ERROR, FailureKind.PROTOCOL_ERROR.words(), null);
        }
        if (upload != null) {
            upload.closeUnasked();
        }
        return begun.forClient();
    }

    /** A stream of HTTP/2 may still count among those that the server allows. */
    private Consumer<TransportResponse> whenWhole(ResponseInfo head) {
        return head.version() == HttpClient.Version.HTTP_1_1 ? this::arrived : whole -> {};
    }

    private void streamEnded() {
        state.end();
        tidyUp();
    }

    /** For a stream that goes on this is left to {@link #streamEnded}. */
    private void tidyUp() {
        running.remove(this);
        if (upload != null) {
            upload.stop();
        }
    }

    private void abort(FailureKind kind, String words, @Nullable Throwable cause) {
        if (!state.abort(kind, words, cause)) {
            return;
        }
        release();
        CompletableFuture<TransportResponse> future = state.promised();
        ExchangeException failure = state.aborted();
        if (future != null && failure != null) {
            tidyUp();
            future.completeExceptionally(failure);
        }
    }

    /** Frees the connection of an exchange that nobody wants any more. */
    private void release() {
        if (upload != null) {
            upload.stop();
        }
        ResponseBody arriving = state.body();
        CompletableFuture<?> sent = state.exchange();
        if (arriving != null) {
            ExchangeException failure = state.aborted();
            arriving.abort(
                    failure == null ? ExchangeException.of(FailureKind.CANCELLED, true, request, null) : failure);
        } else if (sent != null) {
            sent.cancel(true);
        }
    }
}
