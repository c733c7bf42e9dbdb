package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * One exchange, by {@code Call.execute} on its caller's thread or, asynchronously, on a worker. (OkHttp's own way to do the
 * latter, its dispatcher, does just that, but takes five at a time for a host.)
 *
 * <p>The lock guards two promises. Once the exchange is called off it sends nothing that the failure does not own up to.
 * And OkHttp is told to cancel only while the connection is this exchange's: its {@code cancel} closes whatever connection
 * the call had, and may be late. The lock is not held across anything that blocks.
 */
final class OkHttpTransportCall implements TransportCall {

    private final OkHttpTransport transport;
    private final TransportRequest request;
    private final AtomicBoolean claimed = new AtomicBoolean();
    private final ExchangeTimer timer;

    /** Only touched on the thread that makes the exchange. */
    private boolean newConnection;

    /** Only touched on the thread that makes the exchange; 0 for none. */
    private int hiddenStatus;

    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private @Nullable Call call;
    private @Nullable CompletableFuture<TransportResponse> result;
    private @Nullable ExchangeException aborted;
    private boolean sent;
    private boolean released;
    private boolean ended;

    OkHttpTransportCall(OkHttpTransport transport, TransportRequest request) {
        this.transport = transport;
        this.request = request;
        this.timer = new ExchangeTimer(this, request.timeoutNanos());
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
        try {
            return exchange(begin(null));
        } finally {
            end();
        }
    }

    @Override
    public CompletableFuture<TransportResponse> executeAsync() {
        claim();
        CompletableFuture<TransportResponse> future = new CompletableFuture<>();
        try {
            Call prepared = begin(future);
            transport.workers().execute(() -> exchange(prepared, future));
        } catch (ExchangeException e) {
            end();
            future.completeExceptionally(e);
        } catch (RejectedExecutionException e) {
            end();
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
            end();
        }
        if (failure == null) {
            future.complete(response);
        } else {
            future.completeExceptionally(failure);
        }
    }

    private void claim() {
        if (!claimed.compareAndSet(false, true)) {
            throw new IllegalStateException("an exchange is made once");
        }
    }

    /** From here on the exchange is watched and can be cancelled. */
    private Call begin(@Nullable CompletableFuture<TransportResponse> future) throws ExchangeException {
        Call prepared = transport.client().newCall(Requests.of(request, this));
        prepared.addEventListener(new ConnectionEvents(this));
        lock.lock();
        try {
            throwIfAborted();
            call = prepared;
            result = future;
        } finally {
            lock.unlock();
        }
        timer.enter();
        if (!transport.add(this)) {
            throw Failures.exception(FailureKind.CANCELLED, false, request, null);
        }
        return prepared;
    }

    private void end() {
        timer.exit();
        transport.remove(this);
    }

    /** Kotlin declares no exceptions, so anything may come. */
    private TransportResponse exchange(Call prepared) throws ExchangeException, InterruptedException {
        Response response = null;
        TransportResponse whole;
        try {
            response = prepared.execute();
            whole = Responses.read(response, request);
        } catch (Exception e) {
            throw failure(e, prepared);
        } finally {
            if (response != null) {
                letGo(response, prepared);
            }
        }
        finish();
        return whole;
    }

    /** Where the rest of a body is not wanted, its connection is closed first; OkHttp would else try to read it. */
    private void letGo(Response response, Call prepared) {
        if (!isReleased()) {
            prepared.cancel();
        }
        response.close();
    }

    /** What was called off fails as such, whatever came of it. */
    private void finish() throws ExchangeException {
        lock.lock();
        try {
            throwIfAborted();
            ended = true;
        } finally {
            lock.unlock();
        }
    }

    private ExchangeException failure(Exception thrown, Call prepared) throws ExchangeException, InterruptedException {
        finish();
        if (thrown instanceof ExchangeException own) {
            return own;
        }
        if (thrown instanceof InterruptedException || Thread.interrupted()) {
            throw new InterruptedException();
        }
        boolean maybe = mayHaveBeenSent();
        return prepared.isCanceled()
                ? Failures.exception(FailureKind.CANCELLED, maybe, request, thrown)
                : Failures.classify(thrown, maybe, request);
    }

    private boolean mayHaveBeenSent() {
        lock.lock();
        try {
            return sent;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel() {
        abort(FailureKind.CANCELLED);
    }

    void timeOut() {
        abort(FailureKind.TIMEOUT);
    }

    private void abort(FailureKind kind) {
        ExchangeException failure;
        CompletableFuture<TransportResponse> future;
        lock.lock();
        try {
            if (ended || aborted != null) {
                return;
            }
            FailureKind exact = kind == FailureKind.TIMEOUT && !sent ? FailureKind.CONNECT_TIMEOUT : kind;
            failure = Failures.exception(exact, sent, request, null);
            aborted = failure;
            future = result;
            if (call != null && !released) {
                call.cancel();
            }
        } finally {
            lock.unlock();
        }
        if (future != null) {
            tell(future, failure);
        }
    }

    /** At once, even where the worker hangs in the look-up of a name; not here, since the user's code may follow. */
    private void tell(CompletableFuture<TransportResponse> future, ExchangeException failure) {
        try {
            transport.workers().execute(() -> future.completeExceptionally(failure));
        } catch (RejectedExecutionException e) {
            // Then the worker that makes the exchange will tell, whose connection is closed by now.
        }
    }

    private void throwIfAborted() throws ExchangeException {
        if (aborted != null) {
            throw aborted;
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
        lock.lock();
        try {
            if (aborted != null) {
                throw new IOException("called off");
            }
            sent = true;
            released = false;
        } finally {
            lock.unlock();
        }
    }

    /** The response is whole; from here on its connection may serve another exchange. */
    void release() {
        lock.lock();
        try {
            released = true;
        } finally {
            lock.unlock();
        }
    }

    private boolean isReleased() {
        lock.lock();
        try {
            return released;
        } finally {
            lock.unlock();
        }
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
