package io.backstay.testkit;

import io.backstay.BodySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A body that is made while it is read, and counts how often it was opened and closed and how much of it was read. */
final class Source {

    private final long length;
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicLong read = new AtomicLong();
    private final AtomicInteger stalling = new AtomicInteger();
    private final CountDownLatch released = new CountDownLatch(1);
    private long stallsAt = Long.MAX_VALUE;
    private boolean mindsClosing = true;
    private long throwsAt = Long.MAX_VALUE;
    private @Nullable IOException thrown;

    /** So many octets. */
    Source(long length) {
        this.length = length;
    }

    /** Blocks in {@code read} after so many octets, until it is closed or its thread is interrupted. */
    Source stallingAt(long octets) {
        stallsAt = octets;
        return this;
    }

    /** The same, but minds nothing except an interrupt. */
    Source stallingUntilInterruptedAt(long octets) {
        mindsClosing = false;
        return stallingAt(octets);
    }

    /** Throws after so many octets. */
    Source throwingAt(long octets, IOException failure) {
        throwsAt = octets;
        thrown = failure;
        return this;
    }

    BodySource ofKnownLength() {
        return BodySource.of(this::open, length);
    }

    BodySource ofUnknownLength() {
        return BodySource.of(this::open);
    }

    /** Of a length that it may not keep to. */
    BodySource saying(long other) {
        return BodySource.of(this::open, other);
    }

    long read() {
        return read.get();
    }

    /** How many threads are blocked in it. */
    int stalling() {
        return stalling.get();
    }

    /** Waits until it was closed, by any number of calls of one stream, after it was opened once. */
    void awaitClosedOnce() throws InterruptedException {
        TransportFixture.awaitUntil(
                "the source is opened and closed", () -> opened.get() > 0 && closed.get() == opened.get());
        awaitNotOpen();
    }

    /** Waits until it is not open, after it was opened once or not at all. */
    void awaitNotOpen() throws InterruptedException {
        TransportFixture.awaitUntil("the source is closed", () -> closed.get() == opened.get());
        if (opened.get() > 1) {
            throw new AssertionError("the source was opened " + opened + " times");
        }
    }

    private InputStream open() {
        opened.incrementAndGet();
        return new Stream();
    }

    private final class Stream extends InputStream {

        private volatile boolean isClosed;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int wanted) throws IOException {
            long at = read.get();
            if (at >= throwsAt && thrown != null) {
                throw thrown;
            }
            if (at >= stallsAt) {
                stall();
            }
            long left = Math.min(Math.min(length, stallsAt), throwsAt) - at;
            if (left <= 0) {
                return wanted == 0 ? 0 : -1;
            }
            int given = (int) Math.min(wanted, left);
            read.addAndGet(given);
            return given;
        }

        private void stall() throws IOException {
            stalling.incrementAndGet();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            } finally {
                stalling.decrementAndGet();
            }
            throw new IOException("closed while it was read");
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                closed.incrementAndGet();
            }
            if (mindsClosing) {
                released.countDown();
            }
        }
    }
}
