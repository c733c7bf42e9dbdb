package io.backstay.testkit;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One HTTP/2 connection from the server's side: frames by hand, requests told apart by their streams and not decoded. Used by
 * one thread at a time.
 */
final class Http2Connection {

    static final int NO_ERROR = 0;
    static final int INTERNAL_ERROR = 2;
    static final int REFUSED_STREAM = 7;

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;

    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int HEADER_LENGTH = 9;
    private static final byte[] STATUS_200 = {(byte) 0x88};
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** A frame as it arrived. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Frame(int type, int flags, int stream, byte[] payload) {}

    private final RawConnection connection;
    private final DataInputStream in;

    Http2Connection(RawConnection connection) {
        this.connection = connection;
        this.in = new DataInputStream(connection.in());
    }

    /** Reads the client's preface and sends the own, with settings that are the defaults. */
    void open() throws IOException {
        if (!Arrays.equals(in.readNBytes(PREFACE.length), PREFACE)) {
            throw new EOFException("no preface");
        }
        send(SETTINGS, 0, 0, new byte[0]);
    }

    /**
     * Reads on to the end of the next request and gives its stream. Settings and pings are acknowledged, windows opened anew.
     *
     * @throws EOFException when the client has closed
     */
    int nextRequest() throws IOException {
        while (true) {
            Frame frame = nextFrame();
            if ((frame.type == HEADERS || frame.type == DATA) && (frame.flags & END_STREAM) != 0) {
                return frame.stream;
            }
        }
    }

    /** Reads on to the next RST_STREAM and gives its stream. */
    int nextReset() throws IOException {
        while (true) {
            Frame frame = nextFrame();
            if (frame.type == RST_STREAM) {
                return frame.stream;
            }
        }
    }

    private Frame nextFrame() throws IOException {
        int lengthAndType = in.readInt();
        int flags = in.readUnsignedByte();
        int stream = in.readInt() & Integer.MAX_VALUE;
        byte[] payload = new byte[lengthAndType >>> 8];
        in.readFully(payload);
        Frame frame = new Frame(lengthAndType & 0xff, flags, stream, payload);
        if (frame.type == SETTINGS && (flags & ACK) == 0) {
            send(SETTINGS, ACK, 0, new byte[0]);
        }
        if (frame.type == PING && (flags & ACK) == 0) {
            send(PING, ACK, 0, payload);
        }
        if (frame.type == DATA && payload.length > 0) {
            byte[] increment = ByteBuffer.allocate(4).putInt(payload.length).array();
            send(WINDOW_UPDATE, 0, 0, increment);
            if ((flags & END_STREAM) == 0) {
                send(WINDOW_UPDATE, 0, stream, increment);
            }
        }
        return frame;
    }

    /** Answers with 200 and this body. */
    void respond(int stream, byte[] body) throws IOException {
        head(stream);
        data(stream, body, true);
    }

    /** The head of a 200, with a body to follow. */
    void head(int stream) throws IOException {
        send(HEADERS, END_HEADERS, stream, STATUS_200);
    }

    void data(int stream, byte[] octets, boolean last) throws IOException {
        send(DATA, last ? END_STREAM : 0, stream, octets);
    }

    void reset(int stream, int error) throws IOException {
        send(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(error).array());
    }

    /** Will process no stream beyond the last. */
    void goAway(int last, int error) throws IOException {
        send(GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(last).putInt(error).array());
    }

    /** Any frame, right or wrong. */
    void send(int type, int flags, int stream, byte[] payload) throws IOException {
        connection.send(ByteBuffer.allocate(HEADER_LENGTH + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array());
    }
}
