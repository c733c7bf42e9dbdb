package io.backstay.http.jdk;

import io.backstay.BodySource;
import io.backstay.spi.SourceStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a body as it is read, a piece each time that the client asks. It is read on a worker, since a thread of the
 * client's that waits for it may be the one that reads for every other exchange of an HTTP/2 connection.
 *
 * <p>The source is opened at the first demand, and so not at all when no connection came about, and is sent once: a client
 * that subscribes again, to send again, is refused. Whatever way it ends, the source is closed; see {@link SourceStream} for
 * one that blocks.
 */
final class RequestStream implements BodyPublisher, Flow.Subscription {

    private static final int PIECE_BYTES = 16 * 1024;

    private final BodySource source;
    private final SourceStream body;
    private final Executor workers;
    private final Consumer<Throwable> onFailure;
    private final AtomicBoolean subscribed = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock, which is held across nothing that is not ours.
    private long demand;
    private boolean pumping;
    private boolean stopped;

    // Of who pumps alone, and of one at a time.
    private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;

    /** Tells {@code onFailure} what the source threw. That it keeps to its length is the engine's to see to. */
    RequestStream(BodySource source, Executor workers, Consumer<Throwable> onFailure) {
        this.source = source;
        this.body = new SourceStream(source);
        this.workers = workers;
        this.onFailure = onFailure;
    }

    @Override
    public long contentLength() {
        return source.length().orElse(-1);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> client) {
        if (subscribed.compareAndSet(false, true)) {
            subscriber = client;
            client.onSubscribe(this);
        } else {
            client.onSubscribe(new Refused());
            client.onError(new IOException("a body that is streamed is not sent a second time"));
        }
    }

    @Override
    public void request(long n) {
        lock.lock();
        try {
            demand = n > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + n;
            if (pumping || stopped) {
                return;
            }
            pumping = true;
        } finally {
            lock.unlock();
        }
        try {
            workers.execute(this::pump);
        } catch (RejectedExecutionException e) {
            fail(e);
        }
    }

    /** The client does not ask for a body of no octets; once the request was sent it is opened and closed all the same. */
    void closeUnasked() {
        if (contentLength() == 0 && subscribed.compareAndSet(false, true)) {
            try {
                workers.execute(this::openAndClose);
            } catch (RejectedExecutionException e) {
                // The transport is being closed with its context; there was nothing to send.
            }
        }
    }

    /** Not by {@link #body}, which the end of the exchange may have called off by now. */
    private void openAndClose() {
        try {
            source.open().close();
        } catch (IOException | RuntimeException e) {
            // There was nothing of it to send.
        }
    }

    /** By the client, which wants no more. */
    @Override
    public void cancel() {
        stop();
    }

    /** Sends nothing more and closes the source; does not block. Of no effect once all was sent. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
        } finally {
            lock.unlock();
        }
        if (!body.callOff()) {
            return;
        }
        try {
            workers.execute(body::close);
        } catch (RejectedExecutionException e) {
            body.close();
        }
    }

    private void pump() {
        Flow.Subscriber<? super ByteBuffer> client = subscriber;
        try {
            while (client != null && isWanted()) {
                byte[] piece = new byte[PIECE_BYTES];
                int count = read(piece);
                if (count < 0) {
                    finish();
                    client.onComplete();
                    return;
                }
                client.onNext(ByteBuffer.wrap(piece, 0, count));
            }
        } catch (Throwable e) {
            fail(e);
        }
    }

    /** Whether to read one more piece. If not, nobody pumps; a source that is no longer wanted has been closed. */
    private boolean isWanted() {
        lock.lock();
        try {
            pumping = demand > 0 && !stopped;
            if (pumping) {
                demand--;
                return true;
            }
            if (!stopped) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        body.close();
        return false;
    }

    private int read(byte[] piece) throws IOException {
        int count;
        do {
            count = body.read(piece);
        } while (count == 0);
        return count;
    }

    private void fail(Throwable thrown) {
        boolean first = finish();
        if (first) {
            onFailure.accept(thrown);
        }
    }

    /** Closes the source; whether it was wanted until now. */
    private boolean finish() {
        boolean first;
        lock.lock();
        try {
            first = !stopped;
            stopped = true;
        } finally {
            lock.unlock();
        }
        body.close();
        return first;
    }

    /** What the client must have before it can be told of a failure. */
    private static final class Refused implements Flow.Subscription {

        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }
}
