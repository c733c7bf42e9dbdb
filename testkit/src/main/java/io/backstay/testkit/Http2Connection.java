package io.backstay.testkit;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

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
    static final int CONTINUATION = 9;

    static final int ACK = 1;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int DEFAULT_WINDOW = 65_535;
    private static final int GREATEST_PAYLOAD = 16_384;
    private static final int HEADER_LENGTH = 9;
    static final byte[] STATUS_200 = {(byte) 0x88};
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** A frame as it arrived. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Frame(int type, int flags, int stream, byte[] payload) {
        boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    private final RawConnection connection;
    private final DataInputStream in;
    /** What each window, the connection's by the number 0, has gained and lost since its beginning. */
    private final Map<Integer, Long> windows = new HashMap<>();

    private long streamWindow = DEFAULT_WINDOW;

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
        return next(RST_STREAM).stream;
    }

    /** Reads on to the next frame of this type. */
    Frame next(int type) throws IOException {
        while (true) {
            Frame frame = nextFrame();
            if (frame.type == type) {
                return frame;
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
        heed(frame);
        return frame;
    }

    private void heed(Frame frame) throws IOException {
        switch (frame.type) {
            case HEADERS -> connection.count();
            case SETTINGS -> heedSettings(frame);
            case PING -> {
                if (!frame.has(ACK)) {
                    send(PING, ACK, 0, frame.payload);
                }
            }
            case DATA -> openAnew(frame);
            case WINDOW_UPDATE ->
                windows.merge(
                        frame.stream, (long) ByteBuffer.wrap(frame.payload).getInt(), Long::sum);
            default -> {
                // Of no matter to the connection.
            }
        }
    }

    private void heedSettings(Frame frame) throws IOException {
        if (frame.has(ACK)) {
            return;
        }
        for (ByteBuffer pairs = ByteBuffer.wrap(frame.payload); pairs.hasRemaining(); ) {
            int name = pairs.getShort();
            int value = pairs.getInt();
            if (name == INITIAL_WINDOW_SIZE) {
                streamWindow = value;
            }
        }
        send(SETTINGS, ACK, 0, new byte[0]);
    }

    private void openAnew(Frame data) throws IOException {
        int length = data.payload.length;
        if (length > 0) {
            sendNumber(WINDOW_UPDATE, 0, length);
            if (!data.has(END_STREAM)) {
                sendNumber(WINDOW_UPDATE, data.stream, length);
            }
        }
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

    /** A whole body, as fast as the client's windows let it pass. */
    void pour(int stream, byte[] octets) throws IOException {
        for (int from = 0; from < octets.length; from += GREATEST_PAYLOAD) {
            int to = Math.min(octets.length, from + GREATEST_PAYLOAD);
            long length = (long) to - from;
            while (windowOf(0, DEFAULT_WINDOW) < length || windowOf(stream, streamWindow) < length) {
                nextFrame();
            }
            windows.merge(0, -length, Long::sum);
            windows.merge(stream, -length, Long::sum);
            data(stream, Arrays.copyOfRange(octets, from, to), to == octets.length);
        }
    }

    private long windowOf(int stream, long first) {
        return first + windows.getOrDefault(stream, 0L);
    }

    void reset(int stream, int error) throws IOException {
        sendNumber(RST_STREAM, stream, error);
    }

    /** A frame whose payload is a number of 32 bits. */
    void sendNumber(int type, int stream, int number) throws IOException {
        send(type, 0, stream, ByteBuffer.allocate(4).putInt(number).array());
    }

    /** What is no frame. */
    void text(String text) throws IOException {
        connection.send(text);
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
