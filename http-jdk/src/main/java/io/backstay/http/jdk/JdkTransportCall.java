package io.backstay.http.jdk;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
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
 *
 * <p>The monitor guards the hand-over: an interrupt of ours is sent only while the caller is inside {@code send}, and the
 * caller clears it on the way out; an interrupt of the user's is never cleared. It is not held across anything that blocks.
 * (The two share one flag: a user's interrupt in the microseconds between ours and the caller's way out counts as ours.)
 */
final class JdkTransportCall implements TransportCall {

    /** How much later than our own timer the client may be to tell whether there was a connection. */
    private static final long CLIENT_TIMER_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** From JDK 26 on the client's own timeout covers the body, which that of a streamed response must not. */
    private static final boolean CLIENT_TIMES_BODIES = Runtime.version().feature() >= 26;

    private final JdkHttpTransport transport;
    private final RunningExchanges running;
    private final TransportRequest request;

    private final @Nullable RequestStream upload;
    private final boolean streamsResponse;
    private final boolean plain;

    private volatile long deadlineNanos;
    private volatile long graceNanos;
    private volatile boolean timed = true;

    /** Not this: an object that also stands in a hash set, by identity, has each lock of it inflated. */
    private final Object monitor = new Object();

    // All below: guarded by the monitor.
    private boolean claimed;
    private boolean begun;
    private boolean ended;
    private boolean completed;
    private boolean clientTellsFirst;
    private @Nullable ExchangeException aborted;
    private @Nullable Thread caller;
    private boolean interruptedByUs;
    private @Nullable ResponseBody body;
    private @Nullable CompletableFuture<TransportResponse> result;
    private @Nullable CompletableFuture<?> exchange;

    JdkTransportCall(JdkHttpTransport transport, RunningExchanges running, TransportRequest request) {
        this.transport = transport;
        this.running = running;
        this.request = request;
        BodySource source = request.bodySource();
        this.upload = source == null ? null : new RequestStream(source, running.workers(), this::uploadFailed);
        this.streamsResponse = request.responseMode() == BodyMode.STREAMED;
        this.plain = Requests.isPlain(request, transport.httpVersion(), transport.proxy());
    }

    /** Whether nothing that the client does for it may block. */
    boolean isPlain() {
        return plain;
    }

    /** Whether there is a deadline to watch. */
    boolean isTimed() {
        return timed;
    }

    long deadlineNanos() {
        return deadlineNanos + graceNanos;
    }

    @Override
    public TransportResponse execute() throws ExchangeException, InterruptedException {
        if (running.isWary()) {
            return executeByFuture();
        }
        claim();
        HttpRequest prepared = begin();
        running.add(this);
        boolean streamGoesOn = false;
        try {
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
            return executeAsync().get();
        } catch (InterruptedException e) {
            cancel();
            throw e;
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private TransportResponse send(HttpClient client, HttpRequest prepared)
            throws ExchangeException, InterruptedException {
        enter();
        HttpResponse<TransportResponse> response = null;
        Exception failure = null;
        try {
            response = client.send(prepared, this::collect);
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure = e;
        } finally {
            leave(isStreaming(response));
        }
        if (failure instanceof InterruptedException byUser && !interruptedByUs) {
            release();
            throw byUser;
        }
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
        claim();
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
        synchronized (monitor) {
            throwIfAborted();
            result = future;
        }
        CompletableFuture<HttpResponse<TransportResponse>> sent = client.sendAsync(prepared, this::collect);
        boolean wanted;
        synchronized (monitor) {
            exchange = sent;
            wanted = aborted == null;
        }
        if (!wanted) {
            sent.cancel(true);
        }
        var unused = sent.whenComplete((response, failure) -> complete(future, response, failure));
    }

    private void complete(
            CompletableFuture<TransportResponse> future,
            @Nullable HttpResponse<TransportResponse> response,
            @Nullable Throwable failure) {
        if (!mayComplete(isStreaming(response))) {
            return;
        }
        if (response != null) {
            future.complete(given(response));
        } else {
            closeForgotten();
            future.completeExceptionally(failure(failure));
        }
    }

    /**
     * A response over HTTP/1.1 is whole, its connection back in the pool. The client is about to say so by one more thread, which
     * is not waited for where this is its selector's: a worker gets there sooner.
     */
    private void arrived(TransportResponse response) {
        CompletableFuture<TransportResponse> future;
        synchronized (monitor) {
            future = result;
        }
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

    /** Whether this exchange has not been completed or called off; if so, it ends here, unless its stream goes on. */
    private boolean mayComplete(boolean streamGoesOn) {
        synchronized (monitor) {
            if (aborted != null || completed) {
                return false;
            }
            completed = true;
            ended |= !streamGoesOn;
        }
        if (!streamGoesOn) {
            tidyUp();
        }
        return true;
    }

    @Override
    public void cancel() {
        abort(FailureKind.CANCELLED, FailureKind.CANCELLED.words(), null);
    }

    private void uploadFailed(Throwable cause) {
        abort(FailureKind.UNEXPECTED, "the request's body could not be read", cause);
    }

    /** The deadline has passed; where the client watches as well, it has the first word, until the head is there. */
    void timeOut() {
        boolean later;
        synchronized (monitor) {
            later = clientTellsFirst && body == null && !ended && aborted == null;
            clientTellsFirst = false;
        }
        if (later) {
            graceNanos = CLIENT_TIMER_GRACE_NANOS;
            running.wakeBy(deadlineNanos());
        } else {
            abort(FailureKind.TIMEOUT, FailureKind.TIMEOUT.words(), null);
        }
    }

    /**
     * The client neither closes nor keeps the connection of a response whose head it cannot read, but a future of its own
     * making still reaches it, unlike the one that has failed.
     */
    private void closeForgotten() {
        CompletableFuture<?> sent;
        synchronized (monitor) {
            sent = exchange;
        }
        if (sent != null) {
            sent.newIncompleteFuture().cancel(true);
        }
    }

    private void claim() {
        synchronized (monitor) {
            if (claimed) {
                throw new IllegalStateException("an exchange is made once");
            }
            claimed = true;
        }
    }

    private HttpRequest begin() throws ExchangeException {
        boolean byClientToo = transport.outlastedByConnecting(request) && !(streamsResponse && CLIENT_TIMES_BODIES);
        synchronized (monitor) {
            throwIfAborted();
            begun = true;
            clientTellsFirst = byClientToo;
        }
        deadlineNanos = running.deadline(request.timeoutNanos());
        return Requests.of(request, upload, transport.httpVersion(), transport.proxy(), byClientToo);
    }

    /** Asked for only once this call is among the running ones, so that closing misses none. */
    private HttpClient openClient() throws ExchangeException {
        HttpClient client = transport.client();
        if (client == null) {
            throw Failures.exception(FailureKind.CANCELLED, false, request, null);
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
        return timedOut ? Failures.exception(FailureKind.TIMEOUT, true, request, thrown) : failure;
    }

    private void enter() throws ExchangeException {
        synchronized (monitor) {
            throwIfAborted();
            caller = Thread.currentThread();
        }
    }

    private void leave(boolean streamGoesOn) {
        synchronized (monitor) {
            caller = null;
            ended |= !streamGoesOn;
            if (interruptedByUs) {
                Thread.interrupted();
            }
        }
    }

    private void throwIfAborted() throws ExchangeException {
        if (aborted != null) {
            throw aborted;
        }
    }

    private BodySubscriber<TransportResponse> collect(ResponseInfo head) {
        long announced = Framing.announcedLength(head);
        ResponseBody begun = streamsResponse
                ? new ResponseStream(request, head, this::streamEnded)
                : new ResponseCollector(request, head, announced, whenWhole(head));
        ExchangeException failure;
        synchronized (monitor) {
            body = begun;
            timed = !streamsResponse;
            failure = aborted;
        }
        if (failure != null) {
            begun.abort(failure);
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
        synchronized (monitor) {
            ended = true;
        }
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
        ExchangeException failure;
        CompletableFuture<TransportResponse> future;
        synchronized (monitor) {
            if (ended || aborted != null || (kind == FailureKind.TIMEOUT && !timed)) {
                return;
            }
            failure = Failures.exception(kind, words, begun, request, cause);
            aborted = failure;
            future = result;
            if (body == null && caller != null && !caller.isInterrupted()) {
                interruptedByUs = true;
                caller.interrupt();
            }
        }
        release();
        if (future != null) {
            tidyUp();
            future.completeExceptionally(failure);
        }
    }

    /** Frees the connection of an exchange that nobody wants any more. */
    private void release() {
        ResponseBody arriving;
        CompletableFuture<?> sent;
        ExchangeException failure;
        synchronized (monitor) {
            arriving = body;
            sent = exchange;
            failure = aborted;
        }
        if (upload != null) {
            upload.stop();
        }
        if (arriving != null) {
            arriving.abort(failure == null ? Failures.exception(FailureKind.CANCELLED, true, request, null) : failure);
        } else if (sent != null) {
            sent.cancel(true);
        }
    }
}
