package io.backstay.http.okhttp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import okhttp3.Connection;
import org.jspecify.annotations.Nullable;

/**
 * A socket that belongs to a channel. It bounds how much may be read of it without coming to anything: OkHttp collects the
 * line that holds a chunk's size in memory, however long it gets. All but reading is handed to the channel's own socket.
 *
 * <p>{@link #begin}, {@link #allowMore} and reading are of one thread at a time, as the exchange is that has the connection. Nothing is
 * bounded before the first call of it: not a handshake, nor an HTTP/2 connection, which OkHttp itself keeps in bounds; nor after
 * {@link #allowAll}. {@link #peekStatus} is for while a request is sent, when nobody reads: {@link UploadWatch} sees to that.
 */
final class ChannelSocket extends DelegatingSocket {

    /** Four times what OkHttp lets a head have. */
    private static final long MOST_OCTETS = 1 << 20;

    private static final int PEEKED_BYTES = 8 << 10;

    private long allowed = Long.MAX_VALUE;
    private boolean atEnd;
    private boolean unread;

    /** What was read before its time; null for nothing, else something of it is left. */
    private byte @Nullable [] ahead;

    private int aheadStart;
    private int aheadEnd;

    ChannelSocket(SocketChannel channel) {
        super(channel.socket());
    }

    /** The socket at the bottom of a connection, below TLS too; null where it is none of ours. */
    static @Nullable ChannelSocket under(Connection connection) {
        Socket top = connection.socket();
        if (top instanceof ChannelSocket own) {
            return own;
        }
        return connection.route().address().sslSocketFactory() instanceof LayeredSockets layered
                ? layered.under(top)
                : null;
    }

    /** An exchange begins. */
    void begin() {
        allowMore();
        unread = true;
    }

    /** A part of a body has been taken: as much again may be read. */
    void allowMore() {
        allowed = MOST_OCTETS;
    }

    /** The exchange is over: who has the connection next need not be one of ours. */
    void allowAll() {
        allowed = Long.MAX_VALUE;
    }

    /**
     * Takes what has arrived and keeps it for who reads next, without waiting. Only while nobody reads.
     *
     * @return the first digit of the final status that has arrived; 0 for none, or where interim responses fill all the room
     */
    char peekStatus() throws IOException {
        InputStream in = super.getInputStream();
        int more = Math.min(in.available(), PEEKED_BYTES - aheadEnd);
        byte[] peeked = ahead == null && more > 0 ? new byte[PEEKED_BYTES] : ahead;
        if (peeked == null) {
            return 0;
        }
        aheadEnd += more > 0 ? in.read(peeked, aheadEnd, more) : 0;
        ahead = peeked;
        return EarlyAnswer.statusClass(peeked, aheadEnd);
    }

    /** Whether something that was peeked at has not been read. */
    boolean isAhead() {
        return ahead != null;
    }

    private int readAhead(byte[] peeked, byte[] target, int offset, int length) {
        int count = Math.min(length, aheadEnd - aheadStart);
        System.arraycopy(peeked, aheadStart, target, offset, count);
        aheadStart += count;
        if (aheadStart == aheadEnd) {
            ahead = null;
            aheadStart = 0;
            aheadEnd = 0;
        }
        return count;
    }

    /** Whether nothing at all has been read since {@link #begin}. */
    boolean isUnread() {
        return unread;
    }

    /** Whether reading has come to where the other side closed. */
    boolean isAtEnd() {
        return atEnd;
    }

    void closeQuietly() {
        try {
            close();
        } catch (IOException unimportant) {
            // Nothing more is wanted of it.
        }
    }

    private int counted(int count) throws IOException {
        atEnd |= count < 0;
        unread = false;
        allowed -= Math.max(0, count);
        if (allowed < 0) {
            throw new ProtocolException("more than " + MOST_OCTETS + " B without a part of the body among them");
        }
        return count;
    }

    private final class Input extends InputStream {

        private final InputStream in;

        Input(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            byte[] peeked = ahead;
            return counted(
                    peeked == null || length == 0
                            ? in.read(target, offset, length)
                            : readAhead(peeked, target, offset, length));
        }

        @Override
        public int available() throws IOException {
            return in.available() + aheadEnd - aheadStart;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new Input(super.getInputStream());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new PiecesOutput(super.getOutputStream());
    }
}
