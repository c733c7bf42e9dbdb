package io.backstay.internal;

import io.backstay.BodySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A call's streamed body, which each attempt sends anew. Thread-safe. */
final class SentBody {

    private final BodySource source;
    private volatile boolean opened;
    /** More than one only where an attempt was hedged. */
    private final Queue<InputStream> open = new ConcurrentLinkedQueue<>();

    SentBody(BodySource source) {
        this.source = source;
    }

    Sending forAttempt() {
        return new Sending();
    }

    boolean isReplayable() {
        return source.isReplayable();
    }

    /** Whether it was touched and cannot be opened again. */
    boolean isSpent() {
        return opened && !source.isReplayable();
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

    /** One attempt's turn; remembers what the source threw, since a transport may report it as anything. */
    final class Sending {

        private volatile @Nullable IOException failure;

        /** What the transport is to send, once. */
        BodySource source() {
            OptionalLong length = source.length();
            return length.isPresent()
                    ? BodySource.of(this::open, length.getAsLong())
                    : BodySource.of((BodySource.Opener) this::open);
        }

        /** What the source threw while it was wanted. */
        @Nullable
        IOException failure() {
            return failure;
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

        /** Keeps the sender to the length that was announced. */
        private final class Counted extends InputStream {

            private final InputStream in;
            private long sent;
            private volatile boolean closed;

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
                    if (!closed) {
                        failure = e;
                    }
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
                closed = true;
                open.remove(this);
                in.close();
            }
        }
    }
}
