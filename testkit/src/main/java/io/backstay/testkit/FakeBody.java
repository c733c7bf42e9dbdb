package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.Waiter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The streamed body of a {@link FakeAnswer}: each piece comes so long after its reader waits for it. */
final class FakeBody extends InputStream {

    private final Deque<FakeAnswer.Piece> pieces = new ArrayDeque<>();
    private final FakeAnswer.Ending ending;
    private final Waiter waiter;
    private final Runnable whenEnded;
    private final CompletableFuture<ExchangeException> cut = new CompletableFuture<>();
    private @Nullable ByteBuffer current;

    FakeBody(FakeAnswer answer, Waiter waiter, Runnable whenEnded) {
        this.pieces.addAll(answer.body());
        this.ending = answer.ending();
        this.waiter = waiter;
        this.whenEnded = whenEnded;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        ByteBuffer octets = current;
        while (octets == null || !octets.hasRemaining()) {
            octets = next();
            current = octets;
            if (octets == null) {
                whenEnded.run();
                return -1;
            }
        }
        int count = Math.min(length, octets.remaining());
        octets.get(target, offset, count);
        return count;
    }

    private @Nullable ByteBuffer next() throws IOException {
        if (cut.isDone()) {
            throw failed(cut.join());
        }
        FakeAnswer.Piece piece = pieces.poll();
        if (piece != null) {
            await(piece.after().toNanos());
            return piece.octets().duplicate();
        }
        if (ending == FakeAnswer.Ending.NEVER) {
            await(Long.MAX_VALUE / 4);
        }
        if (ending != FakeAnswer.Ending.WELL) {
            whenEnded.run();
            throw failed(new ExchangeException(FailureKind.CONNECTION_LOST, true, "the body broke off", null));
        }
        return null;
    }

    private void await(long nanos) throws IOException {
        try {
            if (nanos > 0 && waiter.await(cut, nanos)) {
                throw failed(cut.join());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while reading").initCause(e);
        }
    }

    private static IOException failed(ExchangeException failure) {
        return new IOException(failure.getMessage(), failure);
    }

    /** Fails a reader that waits, and every later one. */
    void cut(ExchangeException failure) {
        pieces.clear();
        cut.complete(failure);
        whenEnded.run();
    }

    @Override
    public void close() {
        cut(new ExchangeException(FailureKind.CANCELLED, true, "the stream is closed", null));
    }
}
