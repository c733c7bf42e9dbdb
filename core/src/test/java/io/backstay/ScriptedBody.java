package io.backstay;

import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/** A streamed body whose pieces come on virtual time; a reader that waits moves it on. */
public final class ScriptedBody extends InputStream {

    private record Piece(Duration after, ByteBuffer octets) {}

    private final VirtualTime time;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private final CompletableFuture<Void> cut = new CompletableFuture<>();
    private boolean breaksOff;
    public boolean closed;

    public ScriptedBody(VirtualTime time) {
        this.time = time;
    }

    public ScriptedBody piece(Duration after, String text) {
        return piece(after, text.getBytes(StandardCharsets.UTF_8));
    }

    public ScriptedBody piece(Duration after, byte[] octets) {
        pieces.add(new Piece(after, ByteBuffer.wrap(octets)));
        return this;
    }

    /** Nothing more comes, and no end either. */
    public ScriptedBody silence() {
        return piece(Duration.ofDays(30), "late");
    }

    public ScriptedBody breakingOff() {
        breaksOff = true;
        return this;
    }

    /** What a transport does to a reader when its exchange is cancelled. */
    public void cut() {
        cut.complete(null);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Piece piece = pieces.poll();
        if (piece == null && breaksOff) {
            throw new IOException("reset by peer");
        }
        if (piece == null || length == 0) {
            return piece == null ? -1 : 0;
        }
        awaitArrival(piece);
        int count = Math.min(length, piece.octets().remaining());
        piece.octets().get(target, offset, count);
        if (piece.octets().hasRemaining()) {
            pieces.addFirst(new Piece(Duration.ZERO, piece.octets()));
        }
        return count;
    }

    private void awaitArrival(Piece piece) throws IOException {
        try {
            if (cut.isDone()
                    || (!piece.after().isZero() && time.await(cut, piece.after().toNanos()))) {
                throw new IOException("cut off");
            }
        } catch (InterruptedException e) {
            throw (IOException) new InterruptedIOException().initCause(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        cut.complete(null);
    }
}
