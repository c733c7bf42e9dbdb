package io.backstay.spi;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An exchange by a client that blocks, for transports to extend: what of {@link TransportCall}'s contract is alike for all of
 * them. It is made on a worker in any case, and a blocking caller waits for that, so that interrupt, timeout and cancelling end
 * it at once, whatever the client does. That costs a blocking call a change of thread.
 *
 * <p>A request with a header field that is a transport's own, as {@code Content-Length}, fails here, before anything is sent.
 *
 * <p>A subclass makes the exchange by {@link #exchange()}, in which it says {@link #sending()} before the first octet leaves;
 * ends one that is under way by {@link #disconnect()}; and tells by {@link #kindOf} what the client's exceptions mean.
 */
public abstract class WorkerCall implements RunningCalls.Timed {

    /** By which a request says where it ends, whose it is and how its connection goes on: not the user's to set. */
    private static final List<String> OWN_FIELDS =
            List.of("Connection", "Content-Length", "Expect", "Host", "Transfer-Encoding", "Upgrade");

    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final TransportRequest request;
    private final ProviderContext context;
    private final RunningCalls running;
    private final CompletableFuture<TransportResponse> result = new CompletableFuture<>();
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicReference<@Nullable FailureKind> aborted = new AtomicReference<>();
    private final AtomicReference<@Nullable SourceStream> upload = new AtomicReference<>();
    private volatile long deadlineNanos;
    private volatile boolean timed = true;
    private volatile boolean sent;
    private volatile boolean ended;

    /** An exchange that has not begun. */
    protected WorkerCall(TransportRequest request, ProviderContext context, RunningCalls running) {
        this.request = request;
        this.context = context;
        this.running = running;
    }

    /**
     * Makes the exchange, on a worker, up to the last octet of a buffered response or the head of a streamed one. Whatever it
     * throws is its failure. The stream of a response frees the connection when it is closed, from any thread and at any moment,
     * and does not wait for the rest; it is closed here once it is at its end or has thrown, so that it may be closed twice. What
     * it throws may be bare: its reader is told what {@link #kindOf} makes of it.
     */
    protected abstract TransportResponse exchange() throws Exception;

    /**
     * Has whatever blocks on the connection fail, and closes the connection: before it returns once octets may have left. While
     * the connection is still coming about, a client that cannot be reached then may close it afterwards, as long as that comes
     * by itself within a bounded time; nothing is sent on it by then, see {@link #sending()}. Called on a thread that may block,
     * any number of times and at any moment; where the exchange has just ended it must leave the connection to the next one.
     */
    protected abstract void disconnect();

    /**
     * What an exception of {@link #exchange()}, or of the stream of its response, means; {@code sent} tells whether octets may
     * have left.
     */
    protected abstract FailureKind kindOf(Exception thrown, boolean sent);

    /**
     * Octets are about to leave.
     *
     * @throws IOException when none may, since the exchange was called off
     */
    protected final void sending() throws IOException {
        sent = aborted.get() == null;
        if (aborted.get() != null) {
            throw new IOException("called off");
        }
    }

    /** Whether octets may have left. */
    protected final boolean isSent() {
        return sent;
    }

    private void ended() {
        ended = true;
        running.remove(this);
    }

    /**
     * The body to send of a request that streams it, opened now; closed when the exchange ends. What it throws is the exchange's
     * failure, and breaks the connection: many a client would end the request as if it were whole.
     */
    protected final InputStream open(BodySource source) throws IOException {
        SourceStream stream = new SourceStream(source);
        upload.set(stream);
        if (aborted.get() != null) {
            stream.close();
        }
        stream.open();
        return new Leaving(stream);
    }

    /**
     * All octets of a response that is buffered.
     *
     * @param announced how many there should be, or less than 0
     * @throws ExchangeException when there are more than the request allows, or will be
     */
    protected final byte[] readAll(InputStream arriving, long announced) throws IOException, ExchangeException {
        long most = request.maxResponseBytes();
        byte[] body = announced > most ? null : arriving.readNBytes((int) Math.min(most + 1, LONGEST_ARRAY));
        if (body == null || body.length > most) {
            throw ExchangeException.of(FailureKind.RESPONSE_TOO_LARGE, true, request, null);
        }
        return body;
    }

    @Override
    public final TransportResponse execute() throws ExchangeException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try {
            CompletableFuture<TransportResponse> future = executeAsync();
            context.waiter().await(future);
            return future.get();
        } catch (InterruptedException e) {
            cancel();
            throw e;
        } catch (ExecutionException e) {
            throw (ExchangeException) e.getCause();
        }
    }

    @Override
    public final CompletableFuture<TransportResponse> executeAsync() {
        if (!begun.compareAndSet(false, true)) {
            throw new IllegalStateException("an exchange is made once");
        }
        deadlineNanos = running.deadlineAfter(request.timeoutNanos());
        if (!running.add(this)) {
            cancel();
        }
        try {
            context.workers().execute(this::make);
        } catch (RejectedExecutionException e) {
            fail(e);
        }
        return result;
    }

    private void make() {
        try {
            if (aborted.get() != null) {
                throw new IOException("called off");
            }
            refuseOwnFields();
            succeed(exchange());
        } catch (Throwable e) {
            fail(e);
        } finally {
            timed = false;
            closeUpload();
        }
    }

    private void refuseOwnFields() throws ExchangeException {
        for (String name : OWN_FIELDS) {
            if (request.headers().contains(name)) {
                String message = "the header field " + name + " of the request to "
                        + request.instance().address() + " is the transport's to set";
                throw new ExchangeException(FailureKind.UNEXPECTED, false, message, null);
            }
        }
    }

    private void succeed(TransportResponse response) throws IOException {
        InputStream stream = response.stream();
        if (stream == null) {
            ended();
            result.complete(response);
            return;
        }
        InputStream arriving = new Arriving(stream);
        if (!result.complete(TransportResponse.streamed(response.status(), response.headers(), arriving))) {
            arriving.close();
        }
    }

    private void fail(Throwable thrown) {
        ended();
        FailureKind kind = aborted.get();
        result.completeExceptionally(kind != null ? calledOff(kind, thrown) : failure(thrown));
    }

    private ExchangeException failure(Throwable thrown) {
        if (thrown instanceof ExchangeException own) {
            return own;
        }
        SourceStream body = upload.get();
        if (body != null && body.failure() != null) {
            return ExchangeException.of(FailureKind.UNEXPECTED, sent, request, body.failure());
        }
        FailureKind kind = thrown instanceof Exception e ? kindOf(e, sent) : FailureKind.UNEXPECTED;
        return ExchangeException.of(kind, sent, request, thrown);
    }

    private ExchangeException calledOff(FailureKind kind, @Nullable Throwable thrown) {
        FailureKind exact = kind == FailureKind.TIMEOUT && !sent ? FailureKind.CONNECT_TIMEOUT : kind;
        return ExchangeException.of(exact, sent, request, thrown);
    }

    @Override
    public final void cancel() {
        abort(FailureKind.CANCELLED);
    }

    @Override
    public final boolean isTimed() {
        return timed;
    }

    @Override
    public final long deadlineNanos() {
        return deadlineNanos;
    }

    @Override
    public final void timeOut() {
        abort(FailureKind.TIMEOUT);
    }

    private void abort(FailureKind kind) {
        if (ended || !mark(kind)) {
            return;
        }
        try {
            // Not here: the user's code may follow, and closing may block.
            context.workers().execute(() -> end(kind));
        } catch (RejectedExecutionException e) {
            disconnect();
            closeUpload();
        }
    }

    /** Whether it is called off by this only now. A timeout may still come to nothing, so cancelling goes over it. */
    private boolean mark(FailureKind kind) {
        FailureKind before = aborted.getAndUpdate(now -> isOver(now, kind) ? kind : now);
        return isOver(before, kind);
    }

    private static boolean isOver(@Nullable FailureKind before, FailureKind kind) {
        return before == null || (before == FailureKind.TIMEOUT && kind == FailureKind.CANCELLED);
    }

    private void end(FailureKind kind) {
        boolean streams = !result.completeExceptionally(calledOff(kind, null)) && !ended;
        if (streams && kind == FailureKind.TIMEOUT) {
            // Its head came at the last moment, and a stream has no time limit.
            aborted.compareAndSet(FailureKind.TIMEOUT, null);
        } else if (begun.get()) {
            disconnect();
            closeUpload();
        }
    }

    private void closeUpload() {
        SourceStream body = upload.get();
        if (body != null) {
            body.close();
        }
    }

    /** The body that leaves; what its source throws breaks the connection before the client knows. */
    private final class Leaving extends InputStream {

        private final SourceStream source;

        Leaving(SourceStream source) {
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return source.read(target, offset, length);
            } catch (IOException | RuntimeException e) {
                disconnect();
                throw e;
            }
        }

        @Override
        public void close() {
            source.close();
        }
    }

    /** The body that arrives: the exchange has ended when it was read to its end, has failed or was closed. */
    private final class Arriving extends InputStream {

        private final InputStream in;
        private boolean atEnd;

        Arriving(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (!atEnd) {
                int count = next(target, offset, length);
                if (count >= 0) {
                    return count;
                }
                atEnd = true;
                close();
            }
            return -1;
        }

        private int next(byte[] target, int offset, int length) throws IOException {
            try {
                return in.read(target, offset, length);
            } catch (IOException | RuntimeException e) {
                throw failed(e);
            }
        }

        private IOException failed(Exception thrown) {
            FailureKind kind = aborted.get();
            if (kind == null && ended) {
                return new IOException("the response's stream is closed", thrown);
            }
            ExchangeException failure = kind != null ? calledOff(kind, thrown) : failure(told(thrown));
            try {
                close();
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
            return new IOException(failure.getMessage(), failure);
        }

        private Throwable told(Exception thrown) {
            return thrown.getCause() instanceof ExchangeException own ? own : thrown;
        }

        @Override
        public int available() throws IOException {
            return atEnd || ended ? 0 : in.available();
        }

        @Override
        public void close() throws IOException {
            ended();
            in.close();
        }
    }
}
