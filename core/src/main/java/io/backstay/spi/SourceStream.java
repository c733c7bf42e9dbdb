package io.backstay.spi;

import io.backstay.BodySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A request's body while it is sent: closed once, whoever does it, and remembered for what its source threw. Read by one thread;
 * closed from any.
 */
final class SourceStream extends InputStream {

    private final BodySource source;
    private final Runnable onFailure;
    private final AtomicReference<@Nullable InputStream> open = new AtomicReference<>();
    private volatile @Nullable Exception failure;

    /** Runs {@code onFailure} before a read fails. */
    SourceStream(BodySource source, Runnable onFailure) {
        this.source = source;
        this.onFailure = onFailure;
    }

    void open() throws IOException {
        try {
            open.set(source.open());
        } catch (IOException | RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    /** What the source threw. */
    @Nullable
    Exception failure() {
        return failure;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            InputStream in = open.get();
            if (in == null) {
                throw new IOException("the body is no longer wanted");
            }
            return in.read(target, offset, length);
        } catch (IOException | RuntimeException e) {
            failure = e;
            onFailure.run();
            throw e;
        }
    }

    @Override
    public void close() {
        InputStream in = open.getAndSet(null);
        if (in != null) {
            try {
                in.close();
            } catch (IOException unimportant) {
                // Nothing more of it is wanted.
            }
        }
    }
}
