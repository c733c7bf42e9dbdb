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
                Counted stream = new Counted(source.open());
                open.add(stream);
                return stream.checked();
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        /**
         * Keeps the sender to the length that was announced. It looks for more as soon as that is reached, before the last octets
         * are handed over: many a sender stops reading there, and would end a request that was cut as if it were whole.
         */
        private final class Counted extends InputStream {

            private final InputStream in;
            private long sent;
            private boolean atEnd;
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
                    if (atEnd) {
                        return -1;
                    }
                    int count = in.read(target, offset, length);
                    sent += Math.max(0, count);
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
                long announced = source.length().orElse(Long.MAX_VALUE);
                if (count < 0 && source.length().isPresent()) {
                    throw wrong(sent + " B");
                }
                if (sent > announced) {
                    throw wrong("more");
                }
                checkEnd();
            }

            /** Itself, closed again if nothing was announced and there is something. */
            InputStream checked() throws IOException {
                try {
                    checkEnd();
                    return this;
                } catch (IOException e) {
                    close();
                    throw e;
                }
            }

            /** Once all that was announced is there, nothing may follow. */
            private void checkEnd() throws IOException {
                if (sent == source.length().orElse(-1)) {
                    if (in.read() >= 0) {
                        throw wrong("more");
                    }
                    atEnd = true;
                }
            }

            private IOException wrong(String has) {
                return new IOException(
                        "the body has " + has + " where " + source.length().orElse(-1) + " B were announced");
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
