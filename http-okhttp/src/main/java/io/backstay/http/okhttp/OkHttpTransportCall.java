package io.backstay.http.okhttp;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * One exchange, by {@code Call.execute} on its caller's thread or, asynchronously, on a worker. (OkHttp's own way to do the
 * latter, its dispatcher, does just that, but takes five at a time for a host.) One whose body is streamed out is made on a
 * worker in any case: its source is the user's code, and may block where nothing reaches it.
 */
final class OkHttpTransportCall implements TransportCall, BodyStream.Owner {

    private final OkHttpTransport transport;
    private final TransportRequest request;
    private final AtomicBoolean claimed = new AtomicBoolean();
    private final ExchangeTimer timer;
    private final ExchangeProgress progress;
    private final @Nullable StreamedBody streamedBody;

    private volatile @Nullable CompletableFuture<TransportResponse> result;

    /** Only touched on the thread that makes the exchange. */
    private boolean newConnection;

    /** Only touched on the thread that makes the exchange; 0 for none. */
    private int hiddenStatus;

    /** Only touched on the thread that makes the exchange. */
    private @Nullable UploadWatch upload;

    /** Only touched on the thread that makes the exchange, then by its reader; null for one that is shared. */
    private @Nullable Connection unshared;

    /** The same; null where it is none of ours. */
    private @Nullable ChannelSocket socket;

    OkHttpTransportCall(OkHttpTransport transport, TransportRequest request) {
        this.transport = transport;
        this.request = request;
        this.timer = new ExchangeTimer(this, request.timeoutNanos());
        this.progress = new ExchangeProgress(request);
        BodySource source = request.bodySource();
        this.streamedBody = source == null ? null : new StreamedBody(source);
    }

    /** The call that an interceptor works for; that of the original request, since interceptors of the user may make new ones. */
    static OkHttpTransportCall of(Interceptor.Chain chain) {
        OkHttpTransportCall call = chain.call().request().tag(OkHttpTransportCall.class);
        if (call == null) {
            throw new IllegalStateException("this client makes exchanges of its transport only");
        }
        return call;
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
                    : Failures.exception(FailureKind.UNEXPECTED, true, request, e.getCause());
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
            future.completeExceptionally(Failures.exception(FailureKind.UNEXPECTED, false, request, e));
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
            failure = Failures.exception(FailureKind.CANCELLED, true, request, e);
        } catch (Throwable e) {
            failure = Failures.exception(FailureKind.UNEXPECTED, true, request, e);
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
        Call prepared = transport.client().newCall(Requests.of(request, transport.addresses(), this, streamedBody));
        prepared.addEventListener(new ConnectionEvents(this));
        progress.begin(prepared);
        timer.enter();
        if (!transport.add(this)) {
            throw Failures.exception(FailureKind.CANCELLED, false, request, null);
        }
        return prepared;
    }

    private static boolean goesOn(@Nullable TransportResponse response) {
        return response != null && response.stream() instanceof BodyStream;
    }

    /** Ends the watch, and the exchange too, unless that goes on with its stream. */
    private void end(boolean streams) {
        timer.exit();
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
            answer = streams ? stream(response) : Responses.read(response, request, this::allowMore);
        } catch (Exception e) {
            streams = false;
            throw failure(e);
        } finally {
            endUpload();
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
            return Failures.exception(FailureKind.CANCELLED, maybe, request, thrown);
        }
        Exception exact = thrown instanceof IOException io ? ResponseHeads.exact(io, unshared) : thrown;
        return Failures.classify(exact, maybe, request);
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
                ? Failures.exception(FailureKind.CANCELLED, true, request, thrown)
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

    void timeOut() {
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

    /** A connection was opened; one from the pool is not announced. */
    void connected() {
        newConnection = true;
    }

    boolean hasNewConnection() {
        return newConnection;
    }

    /**
     * From here on octets may leave.
     *
     * @throws IOException when the exchange has been called off: none may
     */
    void beginSending() throws IOException {
        newConnection = false;
        hiddenStatus = 0;
        progress.beginSending();
    }

    /** Which connection it goes over. */
    void over(Connection connection) {
        if (streamedBody != null) {
            upload = new UploadWatch(streamedBody, connection, transport.scheduler());
        }
        unshared = PooledConnections.isMultiplexed(connection) ? null : connection;
        socket = unshared == null ? null : ChannelSocket.under(unshared);
        progress.over(socket);
        allowMore();
    }

    /** A part of the body has been taken. */
    @Override
    public void allowMore() {
        if (socket != null) {
            socket.allowMore();
        }
    }

    /** At once, while it is still this exchange's; not one that is shared. */
    void closeConnection() {
        if (socket != null) {
            socket.closeQuietly();
        }
    }

    /** The body was sent, or is not going to be. */
    void endUpload() {
        if (upload != null) {
            upload.close();
        }
    }

    /** The response is whole. */
    void release() {
        progress.release();
    }

    /** Whether the request itself says which encodings it takes. */
    boolean choosesEncoding() {
        return request.headers().contains(Requests.ACCEPT_ENCODING);
    }

    void hideStatus(int status) {
        hiddenStatus = status;
    }

    /** The true status where OkHttp was shown another; else 0. */
    int hiddenStatus() {
        return hiddenStatus;
    }
}
