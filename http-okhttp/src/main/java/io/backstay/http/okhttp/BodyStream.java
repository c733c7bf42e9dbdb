package io.backstay.http.okhttp;

import io.backstay.spi.ExchangeException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * A response's body on its way to its reader. Read by one thread at a time, as OkHttp's own stream is; closed and failed from
 * any. It ends once: read to its end, closed, or failed. Then OkHttp's response is closed, by the reader where there is
 * one, since OkHttp's streams are not to be touched by two threads, and the exchange is told. The lock is not held across
 * anything that blocks.
 */
final class BodyStream extends InputStream {

    /** The exchange whose response it is. */
    interface Owner {

        /** A part of the body has been taken. */
        void allowMore();

        /** Closes the connection (one stream of it, in HTTP/2), unless the body has arrived as a whole. */
        void abandon();

        /** What a reader is to know of what OkHttp threw. */
        ExchangeException failure(IOException thrown);

        /** Is told once that the exchange has ended. */
        void ended();
    }

    private final Response response;
    private final InputStream arriving;
    private final Owner owner;

    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private @Nullable ExchangeException failure;
    private boolean exhausted;
    private boolean closed;
    private boolean reading;
    private boolean settled;

    BodyStream(Response response, Owner owner) {
        this.response = response;
        this.arriving = response.body().byteStream();
        this.owner = owner;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!enter()) {
            return -1;
        }
        int count = 0;
        ExchangeException broken = null;
        try {
            owner.allowMore();
            count = arriving.read(target, offset, length);
        } catch (IOException e) {
            broken = owner.failure(e);
        } finally {
            leave(count < 0, broken);
        }
        if (broken != null) {
            throw new IOException(broken.getMessage(), broken);
        }
        return count;
    }

    /** How much has arrived of what is not yet read; 0 where that is not known. */
    @Override
    public int available() throws IOException {
        if (!enter()) {
            return 0;
        }
        try {
            return arriving.available();
        } finally {
            leave(false, null);
        }
    }

    /** Whether there is anything to read. */
    private boolean enter() throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the stream is closed");
            }
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
            reading = !exhausted;
            return reading;
        } finally {
            lock.unlock();
        }
    }

    private void leave(boolean atEnd, @Nullable ExchangeException broken) {
        boolean last;
        lock.lock();
        try {
            reading = false;
            exhausted |= atEnd;
            if (failure == null) {
                failure = broken;
            }
            last = isLast();
        } finally {
            lock.unlock();
        }
        if (last) {
            settle();
        }
    }

    @Override
    public void close() {
        boolean last;
        lock.lock();
        try {
            closed = true;
            last = isLast();
        } finally {
            lock.unlock();
        }
        owner.abandon();
        if (last) {
            settle();
        }
    }

    /** Has its reader fail, now and from now on. The exchange has closed its connection. */
    void fail(ExchangeException calledOff) {
        boolean last;
        lock.lock();
        try {
            failure = calledOff;
            last = isLast();
        } finally {
            lock.unlock();
        }
        if (last) {
            settle();
        }
    }

    /** Whether it has ended and nobody else settles it. */
    private boolean isLast() {
        boolean last = !settled && !reading && (exhausted || closed || failure != null);
        settled |= last;
        return last;
    }

    /** What is not read of the body is not waited for, since the connection is closed by now. */
    private void settle() {
        owner.abandon();
        response.close();
        owner.ended();
    }
}
