package io.backstay.spi;

import io.backstay.BodySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A request's body while a transport sends it: opened once, at the first read if not before; closed once, whoever does it; and
 * remembered for what its source threw. That it keeps to its length is the engine's to see to.
 *
 * <p>One thread reads; {@link #callOff} and {@link #close} may come from any. A source that blocks its reader is closed and its
 * reader interrupted, either of which may do. The lock, never held while the source works, has that interrupt reach the source
 * and nothing after it.
 */
public final class SourceStream extends InputStream {

    private final BodySource source;
    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private @Nullable InputStream open;
    private @Nullable Thread inSource;
    private @Nullable Throwable failure;
    private boolean calledOff;

    /** Of this source, which is not opened yet. */
    public SourceStream(BodySource source) {
        this.source = source;
    }

    /**
     * Opens the source, unless it is open. Blocks as long as the source does.
     *
     * @throws IOException what the source threw, or when the body is no longer wanted
     */
    public void open() throws IOException {
        InputStream known = enter();
        try {
            opened(known);
        } catch (IOException | RuntimeException | Error e) {
            failed(e);
            throw e;
        } finally {
            leave();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        InputStream known = enter();
        try {
            return opened(known).read(target, offset, length);
        } catch (IOException | RuntimeException | Error e) {
            failed(e);
            throw e;
        } finally {
            leave();
        }
    }

    private InputStream opened(@Nullable InputStream known) throws IOException {
        if (known != null) {
            return known;
        }
        InputStream in = source.open();
        lock.lock();
        try {
            if (!calledOff) {
                open = in;
                return in;
            }
        } finally {
            lock.unlock();
        }
        closeQuietly(in);
        throw unwanted();
    }

    private @Nullable InputStream enter() throws IOException {
        lock.lock();
        try {
            if (calledOff) {
                throw unwanted();
            }
            inSource = Thread.currentThread();
            return open;
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            inSource = null;
            if (calledOff) {
                // Meant for the source; the thread may go on to what others share.
                Thread.interrupted();
            }
        } finally {
            lock.unlock();
        }
    }

    private static IOException unwanted() {
        return new IOException("the body is no longer wanted");
    }

    private void failed(Throwable thrown) {
        lock.lock();
        try {
            if (!calledOff) {
                failure = thrown;
            }
        } finally {
            lock.unlock();
        }
    }

    /** What the source threw while it was wanted; null if nothing. */
    public @Nullable Throwable failure() {
        lock.lock();
        try {
            return failure;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a thread is in the source, opening or reading it. */
    public boolean isInSource() {
        lock.lock();
        try {
            return inSource != null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets nothing more be read, and interrupts who reads. Does not block; to be followed by {@link #close()} on a thread that
     * may, if there is something left to close.
     *
     * @return whether there is
     */
    public boolean callOff() {
        lock.lock();
        try {
            calledOff = true;
            if (inSource != null) {
                inSource.interrupt();
            }
            return open != null;
        } finally {
            lock.unlock();
        }
    }

    /** Calls off and closes the source. Blocks as long as the source does; what it throws is passed over. */
    @Override
    public void close() {
        callOff();
        InputStream in;
        lock.lock();
        try {
            in = open;
            open = null;
        } finally {
            lock.unlock();
        }
        if (in != null) {
            closeQuietly(in);
        }
    }

    private static void closeQuietly(InputStream in) {
        try {
            in.close();
        } catch (IOException | RuntimeException unimportant) {
            // All that was wanted of it has been read.
        }
    }
}
