package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Call;
import org.jspecify.annotations.Nullable;

/**
 * How far an exchange has come, and whether it was called off. Thread-safe.
 *
 * <p>The lock guards two promises. Once the exchange is called off it sends nothing that the failure does not own up to.
 * And OkHttp is told to cancel only while the connection is this exchange's: its {@code cancel} closes whatever connection
 * the call had, and may be late. The lock is not held across anything that blocks.
 */
final class ExchangeProgress {

    private final TransportRequest request;

    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private @Nullable Call call;
    private @Nullable ExchangeException aborted;
    private @Nullable BodyStream stream;
    private @Nullable ChannelSocket socket;
    private @Nullable ConnectingSockets connecting;
    private boolean sent;
    private boolean released;
    private boolean ended;

    ExchangeProgress(TransportRequest request) {
        this.request = request;
    }

    /**
     * From here on calling off reaches OkHttp's call.
     *
     * @throws ExchangeException when the exchange has been called off already
     */
    void begin(Call prepared) throws ExchangeException {
        lock.lock();
        try {
            throwIfAborted();
            call = prepared;
        } finally {
            lock.unlock();
        }
    }

    /**
     * From here on octets may leave.
     *
     * @throws IOException when the exchange has been called off: none may
     */
    void beginSending() throws IOException {
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

    /**
     * The sockets of its connections are made by these.
     *
     * @throws IOException when the exchange has been called off
     */
    void connectBy(ConnectingSockets sockets) throws IOException {
        lock.lock();
        try {
            if (aborted != null) {
                throw new IOException("called off");
            }
            connecting = sockets;
        } finally {
            lock.unlock();
        }
    }

    /** What the exchange goes over; null where that is shared or none of ours. */
    void over(@Nullable ChannelSocket unshared) {
        lock.lock();
        try {
            socket = unshared;
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

    /**
     * The head is there; from here on the exchange is at its reader's pace, and no timeout ends it.
     *
     * @throws ExchangeException when the exchange has been called off
     */
    void beginStream(BodyStream body) throws ExchangeException {
        lock.lock();
        try {
            throwIfAborted();
            stream = body;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The exchange has ended; nothing can call it off any more.
     *
     * @throws ExchangeException when it has been called off, whatever came of it
     */
    void end() throws ExchangeException {
        lock.lock();
        try {
            throwIfAborted();
            ended = true;
        } finally {
            lock.unlock();
        }
    }

    /** The same of one whose stream has ended, in whatever way. */
    void endStream() {
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Closes the connection unless the response is whole; OkHttp would else try to read the rest of it. After a failure under
     * TLS OkHttp has let go of the exchange, and the JDK may have left the socket open: so it is closed here too.
     */
    void abandon() {
        lock.lock();
        try {
            if (released) {
                return;
            }
            if (call != null) {
                call.cancel();
            }
            if (socket != null) {
                socket.closeQuietly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Calls the exchange off; gives the failure, or null where there is nothing to call off any more. */
    @Nullable
    ExchangeException abort(FailureKind kind) {
        ExchangeException failure;
        BodyStream reading;
        lock.lock();
        try {
            reading = stream;
            if (ended || aborted != null || (kind == FailureKind.TIMEOUT && reading != null)) {
                return null;
            }
            FailureKind exact = kind == FailureKind.TIMEOUT && !sent ? FailureKind.CONNECT_TIMEOUT : kind;
            failure = ExchangeException.of(exact, sent, request, null);
            aborted = failure;
            if (connecting != null) {
                connecting.callOff();
            }
            abandon();
        } finally {
            lock.unlock();
        }
        if (reading != null) {
            reading.fail(failure);
        }
        return failure;
    }

    /** Why it was called off; null when it was not. */
    @Nullable
    ExchangeException aborted() {
        lock.lock();
        try {
            return aborted;
        } finally {
            lock.unlock();
        }
    }

    /** Whether OkHttp's call was cancelled, by whomever. */
    boolean isCancelled() {
        lock.lock();
        try {
            return call != null && call.isCanceled();
        } finally {
            lock.unlock();
        }
    }

    boolean mayHaveBeenSent() {
        lock.lock();
        try {
            return sent;
        } finally {
            lock.unlock();
        }
    }

    private void throwIfAborted() throws ExchangeException {
        if (aborted != null) {
            throw aborted;
        }
    }
}
