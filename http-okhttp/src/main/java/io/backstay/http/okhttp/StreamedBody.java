package io.backstay.http.okhttp;

import io.backstay.BodySource;
import io.backstay.spi.SourceStream;
import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that is read while it is sent. What its source throws comes out as a {@link SourceException}, apart from what
 * the connection throws.
 *
 * <p>{@link #stop} and {@link #isInSource} may come from any thread; the rest is of the thread that sends.
 */
final class StreamedBody extends RequestBody {

    private static final int PIECE_BYTES = 16 << 10;

    /** OkHttp's word for a body that is to be chunked. */
    private static final long UNKNOWN = -1;

    private final SourceStream source;
    private final long length;

    /** Written by the thread that sends. */
    private volatile long position;

    StreamedBody(BodySource source) {
        this.source = new SourceStream(source);
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
        try (source) {
            byte[] piece = new byte[PIECE_BYTES];
            long sent = 0;
            for (int count = read(piece); count >= 0; count = read(piece)) {
                sent += count;
                sink.write(piece, 0, count);
                position = sent;
                if (count < PIECE_BYTES && sent != length) {
                    // The source has no more for now, and the other side may wait for what there is.
                    sink.flush();
                }
            }
        }
    }

    private int read(byte[] piece) throws SourceException {
        try {
            return source.read(piece);
        } catch (IOException | RuntimeException e) {
            throw new SourceException(e);
        }
    }

    /** How many octets were handed to OkHttp. */
    long position() {
        return position;
    }

    /** Whether the source is at work. */
    boolean isInSource() {
        return source.isInSource();
    }

    /** Has a source that blocks return, by an interrupt and by closing it, either of which may do. May block in closing it. */
    void stop() {
        source.close();
    }
}
