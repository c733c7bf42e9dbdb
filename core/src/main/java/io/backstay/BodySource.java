package io.backstay;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A request's body that is read while it is sent and is never held in memory as a whole. One that can be opened again may be
 * sent again, so its request is retried as any other; one of a stream already open is sent once. Thread-safe; its streams
 * are read by one exchange each, which closes them.
 */
public final class BodySource {

    /** Opens the body from its beginning. */
    @FunctionalInterface
    public interface Opener {
        /**
         * A new stream of the whole body; the caller closes it.
         *
         * @throws IOException when it cannot be read
         */
        InputStream open() throws IOException;
    }

    private static final long UNKNOWN = -1;

    private final Opener opener;
    private final long length;
    private final boolean replayable;

    private BodySource(Opener opener, long length, boolean replayable) {
        this.opener = Require.nonNull("body", opener);
        this.length = length;
        this.replayable = replayable;
    }

    /**
     * A file, opened for each attempt. Its length is read here; one that has changed by the time it is sent fails the call.
     *
     * @throws InvalidRequestException when it is no file that can be read
     */
    public static BodySource of(Path file) {
        Require.nonNull("file", file);
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new InvalidRequestException(
                    "body", "is " + file.getFileName() + ", which is no file that can be read");
        }
        try {
            return of(() -> Files.newInputStream(file), Files.size(file));
        } catch (IOException e) {
            throw new InvalidRequestException("body", "is " + file.getFileName() + ", whose length cannot be read", e);
        }
    }

    /**
     * A stream of unknown length, sent once: its request is never tried again after the stream was touched. A stream that no
     * attempt came to touch, as when no connection came about, is not closed.
     */
    public static BodySource of(InputStream stream) {
        return new BodySource(once(stream), UNKNOWN, false);
    }

    /** A stream of this length, sent once, likewise. */
    public static BodySource of(InputStream stream, long length) {
        return new BodySource(once(stream), requireLength(length), false);
    }

    /** Streams of unknown length, a new one of the same content for each attempt. */
    public static BodySource of(Opener opener) {
        return new BodySource(opener, UNKNOWN, true);
    }

    /** Streams of this length, a new one of the same content for each attempt. */
    public static BodySource of(Opener opener, long length) {
        return new BodySource(opener, requireLength(length), true);
    }

    static BodySource of(Opener opener, OptionalLong length, boolean replayable) {
        return new BodySource(opener, length.orElse(UNKNOWN), replayable);
    }

    private static Opener once(InputStream stream) {
        Require.nonNull("body", stream);
        AtomicBoolean opened = new AtomicBoolean();
        return () -> {
            if (!opened.compareAndSet(false, true)) {
                throw new IOException("this body was read before; it can be sent once");
            }
            return stream;
        };
    }

    private static long requireLength(long length) {
        if (length < 0) {
            throw new InvalidRequestException("body", "has the length " + length + "; allowed: 0 and more");
        }
        return length;
    }

    /** How many octets it has, where that is known. */
    public OptionalLong length() {
        return length == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(length);
    }

    /** Whether it can be opened more than once. */
    public boolean isReplayable() {
        return replayable;
    }

    /**
     * The body from its beginning, to be closed by who opens it.
     *
     * @throws IOException when it cannot be read, or was read before and cannot be again
     */
    public InputStream open() throws IOException {
        return opener.open();
    }

    @Override
    public String toString() {
        return (length == UNKNOWN ? "a stream" : length + " B") + (replayable ? "" : ", sent once");
    }
}
