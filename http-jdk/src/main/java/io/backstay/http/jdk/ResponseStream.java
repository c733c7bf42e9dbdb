package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A response's body as a stream that asks the client for more as it is read, so that what nobody reads stays with the
 * server. One thread reads at a time; {@link #close} and {@link #abort} may be called from any other.
 *
 * <p>What has arrived before the connection was lost is handed over before the failure; what has arrived before the stream
 * was closed or aborted is not. The lock is held across nothing of the client's, which may call back.
 */
final class ResponseStream extends InputStream implements ResponseBody, BodySubscriber<TransportResponse> {

    /** How many lists of buffers are asked for in advance; the client makes them of up to 48 KiB. */
    private static final int AHEAD = 4;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final TransportRequest request;
    private final TransportResponse response;
    private final Runnable onEnd;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock.
    private final Deque<List<ByteBuffer>> arrived = new ArrayDeque<>();
    private Flow.@Nullable Subscription subscription;
    private boolean complete;
    private @Nullable ExchangeException failure;
    private boolean over;

    /** Closed or aborted: nothing more is handed over. Written under the lock. */
    private volatile boolean abandoned;

    // The reader's alone.
    private Iterator<ByteBuffer> pieces = Collections.emptyIterator();
    private ByteBuffer piece = NOTHING;

    /** Runs {@code onEnd} once: when the end was read, or after a failure, or when the stream was closed or aborted. */
    ResponseStream(TransportRequest request, ResponseInfo head, Runnable onEnd) {
        this.request = request;
        this.onEnd = onEnd;
        this.response = TransportResponse.streamed(
                head.statusCode(), Headers.received(head.headers().map()), this);
    }

    @Override
    public BodySubscriber<TransportResponse> forClient() {
        return this;
    }

    @Override
    public CompletionStage<TransportResponse> getBody() {
        return CompletableFuture.completedStage(response);
    }

    @Override
    public void onSubscribe(Flow.Subscription upstream) {
        lock.lock();
        try {
            subscription = abandoned ? null : upstream;
        } finally {
            lock.unlock();
        }
        if (abandoned) {
            upstream.cancel();
        } else {
            upstream.request(AHEAD);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        lock.lock();
        try {
            if (!abandoned) {
                arrived.add(buffers);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onComplete() {
        boolean nothingLeft;
        lock.lock();
        try {
            complete = true;
            subscription = null;
            changed.signalAll();
            nothingLeft = arrived.isEmpty();
        } finally {
            lock.unlock();
        }
        if (nothingLeft) {
            end();
        }
    }

    @Override
    public void onError(Throwable thrown) {
        lock.lock();
        try {
            if (failure == null && !abandoned) {
                failure = Failures.classify(thrown, request);
            }
            subscription = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        end();
    }

    @Override
    public int read() throws IOException {
        ByteBuffer present = present();
        return present == null ? -1 : present.get() & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        ByteBuffer present = present();
        if (present == null) {
            return -1;
        }
        int count = Math.min(length, present.remaining());
        present.get(target, offset, count);
        return count;
    }

    @Override
    public int available() {
        return abandoned ? 0 : piece.remaining();
    }

    /** What is there to be read, at least one octet; null at the end. Blocks. */
    private @Nullable ByteBuffer present() throws IOException {
        while (abandoned || !piece.hasRemaining()) {
            if (!abandoned && pieces.hasNext()) {
                piece = pieces.next();
            } else {
                List<ByteBuffer> next = take();
                if (next == null) {
                    end();
                    return null;
                }
                pieces = next.iterator();
            }
        }
        return piece;
    }

    private @Nullable List<ByteBuffer> take() throws IOException {
        List<ByteBuffer> next;
        Flow.Subscription upstream;
        try {
            lock.lock();
            try {
                awaitChange();
                next = arrived.poll();
                if (next == null && !complete) {
                    throw gone();
                }
                upstream = subscription;
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (upstream != null && next != null) {
            upstream.request(1);
        }
        return next;
    }

    private IOException gone() {
        return failure == null
                ? new IOException("the response's stream is closed")
                : new IOException(failure.getMessage(), failure);
    }

    private void awaitChange() throws InterruptedException {
        while (arrived.isEmpty() && !complete && !abandoned && failure == null) {
            changed.await();
        }
    }

    private InterruptedIOException interrupted(InterruptedException by) {
        ExchangeException cancelled = ExchangeException.of(FailureKind.CANCELLED, true, request, by);
        abort(cancelled);
        Thread.currentThread().interrupt();
        InterruptedIOException failed = new InterruptedIOException("interrupted while reading the response");
        failed.initCause(cancelled);
        return failed;
    }

    @Override
    public void close() {
        abandon(null);
    }

    @Override
    public void abort(ExchangeException cause) {
        abandon(cause);
    }

    private void abandon(@Nullable ExchangeException cause) {
        Flow.Subscription upstream;
        lock.lock();
        try {
            if (abandoned || (cause != null && over)) {
                return;
            }
            abandoned = true;
            complete = false;
            if (failure == null) {
                failure = cause;
            }
            arrived.clear();
            upstream = subscription;
            subscription = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (upstream != null) {
            upstream.cancel();
        }
        end();
    }

    private void end() {
        lock.lock();
        try {
            if (over) {
                return;
            }
            over = true;
        } finally {
            lock.unlock();
        }
        onEnd.run();
    }
}
