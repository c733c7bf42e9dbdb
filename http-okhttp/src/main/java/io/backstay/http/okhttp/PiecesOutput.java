package io.backstay.http.okhttp;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Puts the pieces together in which OkHttp writes a body, 8 KiB each: with Nagle's algorithm off, each would go out in a packet
 * of its own and wake the peer. What is smaller passes at once, unless it ends such a row; OkHttp flushes what it wants sent.
 */
final class PiecesOutput extends OutputStream {

    private static final int PIECE_BYTES = 8 * 1024;
    private static final int ROOM_BYTES = 8 * PIECE_BYTES;

    private final OutputStream out;

    /** Null until the connection has to do with a large body. */
    private byte @Nullable [] row;

    private int size;

    PiecesOutput(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        if (length > ROOM_BYTES - size) {
            writeRow();
        }
        if (length > ROOM_BYTES || (size == 0 && length < PIECE_BYTES)) {
            out.write(octets, offset, length);
            return;
        }
        if (row == null) {
            row = new byte[ROOM_BYTES];
        }
        System.arraycopy(octets, offset, row, size, length);
        size += length;
    }

    private void writeRow() throws IOException {
        if (row != null && size > 0) {
            int all = size;
            size = 0;
            out.write(row, 0, all);
        }
    }

    @Override
    public void flush() throws IOException {
        writeRow();
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
