package io.backstay.internal;

import io.backstay.BodySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A call's streamed body on its way out, attempt by attempt. Keeps the sender to the length that was announced, and remembers
 * what the source threw, since a transport may report it as anything. Thread-safe but for the streams.
 */
final class SentBody {

    private final BodySource source;
    private volatile boolean opened;
    private volatile @Nullable IOException failure;
    /** More than one only where an attempt was hedged. */
    private final Queue<InputStream> open = new ConcurrentLinkedQueue<>();

    SentBody(BodySource source) {
        this.source = source;
    }

    /** What the transport is to send, once. */
    BodySource forAttempt() {
        OptionalLong length = source.length();
        return length.isPresent()
                ? BodySource.of(this::open, length.getAsLong())
                : BodySource.of((BodySource.Opener) this::open);
    }

    private InputStream open() throws IOException {
        opened = true;
        try {
            InputStream stream = new Counted(source.open());
            open.add(stream);
            return stream;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    boolean isReplayable() {
        return source.isReplayable();
    }

    /** Whether it was touched and cannot be opened again. */
    boolean isSpent() {
        return opened && !source.isReplayable();
    }

    /** What its source threw. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** Ends reads that block in the source, where closing the source does that. */
    void close() {
        for (InputStream each = open.poll(); each != null; each = open.poll()) {
            try {
                each.close();
            } catch (IOException unimportant) {
                // Nothing more of it is wanted.
            }
        }
    }

    private final class Counted extends InputStream {

        private final InputStream in;
        private long sent;

        Counted(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                int count = in.read(target, offset, length);
                check(count);
                return count;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        private void check(int count) throws IOException {
            sent += Math.max(0, count);
            long announced = source.length().orElse(-1);
            boolean wrong = announced >= 0 && (count < 0 ? sent < announced : sent > announced);
            if (wrong) {
                throw new IOException("the body has " + (count < 0 ? sent + " B" : "more") + " where " + announced
                        + " B were announced");
            }
        }

        @Override
        public void close() throws IOException {
            open.remove(this);
            in.close();
        }
    }
}
