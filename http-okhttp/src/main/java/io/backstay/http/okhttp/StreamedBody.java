package io.backstay.http.okhttp;

import io.backstay.BodySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that is read while it is sent: opened once, closed once. What its source throws comes out as a
 * {@link SourceException}, apart from what the connection throws. That it keeps to its length is the engine's to see to.
 *
 * <p>{@link #stop} may come from any thread; the rest is of the thread that sends. The lock, never held while the source
 * works, has the interrupt that ends a blocked source reach that and nothing after it.
 */
final class StreamedBody extends RequestBody {

    private static final int PIECE_BYTES = 16 << 10;

    /** OkHttp's word for a body that is to be chunked. */
    private static final long UNKNOWN = -1;

    private final BodySource source;
    private final long length;

    /** Written by the thread that sends. */
    private volatile long position;

    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private @Nullable InputStream open;
    private @Nullable Thread inSource;
    private boolean stopped;

    StreamedBody(BodySource source) {
        this.source = source;
        this.length = source.length().orElse(UNKNOWN);
    }

    /** None: OkHttp would put its own {@code Content-Type} in place of ours. */
    @Override
    public @Nullable MediaType contentType() {
        return null;
    }

    @Override
    public long contentLength() {
        return length;
    }

    @Override
    public boolean isOneShot() {
        return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
        try {
            InputStream in = open();
            byte[] piece = new byte[PIECE_BYTES];
            long sent = 0;
            for (int count = read(in, piece); count >= 0; count = read(in, piece)) {
                sent += count;
                sink.write(piece, 0, count);
                position = sent;
                if (count < PIECE_BYTES && sent != length) {
                    // The source has no more for now, and the other side may wait for what there is.
                    sink.flush();
                }
            }
        } finally {
            close();
        }
    }

    private InputStream open() throws IOException {
        InputStream in = inSource(source::open);
        lock.lock();
        try {
            open = in;
        } finally {
            lock.unlock();
        }
        return in;
    }

    private int read(InputStream in, byte[] piece) throws IOException {
        return inSource(() -> in.read(piece));
    }

    /** How many octets were handed to OkHttp. */
    long position() {
        return position;
    }

    /** Whether the source is at work. */
    boolean isInSource() {
        lock.lock();
        try {
            return inSource != null;
        } finally {
            lock.unlock();
        }
    }

    private interface SourceStep<T> {
        T take() throws IOException;
    }

    private <T> T inSource(SourceStep<T> step) throws IOException {
        enterSource();
        try {
            return step.take();
        } catch (IOException | RuntimeException e) {
            throw new SourceException(e);
        } finally {
            leaveSource();
        }
    }

    private void enterSource() throws IOException {
        lock.lock();
        try {
            if (stopped) {
                throw new SourceException(new IOException("called off"));
            }
            inSource = Thread.currentThread();
        } finally {
            lock.unlock();
        }
    }

    private void leaveSource() {
        lock.lock();
        try {
            inSource = null;
            if (stopped) {
                // Meant for the source.
                Thread.interrupted();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Has a source that blocks return, by an interrupt and by closing it, either of which may do. May block in closing it. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            if (inSource != null) {
                inSource.interrupt();
            }
        } finally {
            lock.unlock();
        }
        close();
    }

    private void close() {
        InputStream in;
        lock.lock();
        try {
            in = open;
            open = null;
        } finally {
            lock.unlock();
        }
        if (in != null) {
            try {
                in.close();
            } catch (IOException | RuntimeException unimportant) {
                // All that was wanted of it has been read.
            }
        }
    }
}
