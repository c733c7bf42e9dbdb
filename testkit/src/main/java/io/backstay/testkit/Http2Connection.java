package io.backstay.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * HTTP/2 on one connection, from the server's side: so much of RFC 9113 as scripts need, and nothing that keeps them from
 * breaking it. Not thread-safe.
 *
 * <p>Frames of the client that concern the connection are answered while the script waits for others. Fields of requests are
 * not decoded; a script tells requests apart by their order.
 */
final class Http2Connection {

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

    static final int NO_ERROR = 0;
    static final int INTERNAL_ERROR = 2;
    static final int REFUSED_STREAM = 7;

    /** {@code :status: 200}, by its number in the static table. */
    static final byte[] STATUS_200 = {(byte) 0x88};

    private static final int PREFACE_LENGTH = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length();
    private static final int GREATEST_FRAME = 16_384;
    private static final int FIRST_WINDOW = 65_535;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final byte[] NOTHING = {};

    /** A frame as it came. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Frame(int type, int flags, int stream, byte[] payload) {

        boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    /** A request that has come as a whole. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Received(int stream, byte[] body) {}

    private final RawConnection connection;
    private final Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();
    private final Map<Integer, Long> windows = new HashMap<>();
    private long connectionWindow = FIRST_WINDOW;
    private long firstWindow = FIRST_WINDOW;

    private Http2Connection(RawConnection connection) {
        this.connection = connection;
    }

    /** Reads the client's preface and sends the server's: settings, all as RFC 9113 has them. */
    static Http2Connection greet(RawConnection connection) throws IOException {
        Http2Connection greeted = mute(connection);
        greeted.send(SETTINGS, 0, 0);
        return greeted;
    }

    /** Reads the client's preface and sends nothing. */
    static Http2Connection mute(RawConnection connection) throws IOException {
        connection.in().skipNBytes(PREFACE_LENGTH);
        return new Http2Connection(connection);
    }

    /**
     * Waits for the next request that is there as a whole.
     *
     * @throws EOFException when the client has closed
     */
    Received request() throws IOException {
        while (true) {
            Frame frame = next();
            if (frame.type() == HEADERS) {
                bodies.put(frame.stream(), new ByteArrayOutputStream());
                connection.count();
            }
            ByteArrayOutputStream body = bodies.get(frame.stream());
            if (body == null || frame.type() != HEADERS && frame.type() != DATA) {
                continue;
            }
            if (frame.type() == DATA) {
                body.writeBytes(frame.payload());
            }
            if (frame.has(END_STREAM)) {
                bodies.remove(frame.stream());
                return new Received(frame.stream(), body.toByteArray());
            }
        }
    }

    /** Waits for a frame of this type, whatever else comes before. */
    Frame await(int type) throws IOException {
        Frame frame = next();
        while (frame.type() != type) {
            frame = next();
        }
        return frame;
    }

    /** Answers what concerns the connection until the client closes. */
    void awaitClose() throws IOException {
        try {
            while (true) {
                next();
            }
        } catch (EOFException closed) {
            // What this waits for.
        }
    }

    /** The next frame, after what it means for the connection has been done. */
    private Frame next() throws IOException {
        ByteBuffer head = ByteBuffer.wrap(connection.in().readNBytes(9));
        if (head.remaining() < 9) {
            throw new EOFException();
        }
        int lengthAndType = head.getInt();
        int flags = head.get();
        int stream = head.getInt() & Integer.MAX_VALUE;
        byte[] payload = connection.in().readNBytes(lengthAndType >>> 8);
        Frame frame = new Frame(lengthAndType & 0xff, flags, stream, payload);
        heed(frame);
        return frame;
    }

    private void heed(Frame frame) throws IOException {
        switch (frame.type()) {
            case SETTINGS -> heedSettings(frame);
            case PING -> {
                if (!frame.has(ACK)) {
                    send(PING, ACK, 0, frame.payload());
                }
            }
            case WINDOW_UPDATE ->
                widen(frame.stream(), ByteBuffer.wrap(frame.payload()).getInt());
            case DATA -> giveBack(frame);
            default -> {
                // Of no matter to the connection.
            }
        }
    }

    private void heedSettings(Frame frame) throws IOException {
        if (frame.has(ACK)) {
            return;
        }
        ByteBuffer pairs = ByteBuffer.wrap(frame.payload());
        while (pairs.hasRemaining()) {
            int name = pairs.getShort();
            int value = pairs.getInt();
            if (name == INITIAL_WINDOW_SIZE) {
                long difference = value - firstWindow;
                windows.replaceAll((stream, window) -> window + difference);
                firstWindow = value;
            }
        }
        send(SETTINGS, ACK, 0);
    }

    private void widen(int stream, int octets) {
        if (stream == 0) {
            connectionWindow += octets;
        } else {
            windows.put(stream, window(stream) + octets);
        }
    }

    private long window(int stream) {
        return windows.getOrDefault(stream, firstWindow);
    }

    private void giveBack(Frame data) throws IOException {
        int length = data.payload().length;
        if (length > 0) {
            sendNumber(WINDOW_UPDATE, 0, length);
            if (!data.has(END_STREAM)) {
                sendNumber(WINDOW_UPDATE, data.stream(), length);
            }
        }
    }

    /** Answers 200 and {@code hello}. */
    void hello(int stream) throws IOException {
        head(stream);
        send(DATA, END_STREAM, stream, "hello".getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends a head of status 200 and no other field. */
    void head(int stream) throws IOException {
        send(HEADERS, END_HEADERS, stream, STATUS_200);
    }

    /** Sends a whole body, as fast as the client's windows allow. */
    void body(int stream, byte[] octets) throws IOException {
        for (int from = 0; from < octets.length; from += GREATEST_FRAME) {
            int to = Math.min(octets.length, from + GREATEST_FRAME);
            while (Math.min(connectionWindow, window(stream)) < to - from) {
                next();
            }
            connectionWindow -= to - from;
            windows.put(stream, window(stream) - (to - from));
            send(DATA, to == octets.length ? END_STREAM : 0, stream, Arrays.copyOfRange(octets, from, to));
        }
    }

    void resetStream(int stream, int error) throws IOException {
        sendNumber(RST_STREAM, stream, error);
    }

    /** Says, without a fault on either side, that streams after this one have not been processed and none will be. */
    void goAway(int lastStream) throws IOException {
        send(
                GOAWAY,
                0,
                0,
                ByteBuffer.allocate(8).putInt(lastStream).putInt(NO_ERROR).array());
    }

    /** Sends a frame whose payload is a number of 32 bits. */
    void sendNumber(int type, int stream, int number) throws IOException {
        send(type, 0, stream, ByteBuffer.allocate(4).putInt(number).array());
    }

    void send(int type, int flags, int stream) throws IOException {
        send(type, flags, stream, NOTHING);
    }

    /** Sends what is no frame. */
    void text(String text) throws IOException {
        connection.send(text);
    }

    /** Sends a frame, right or wrong. */
    void send(int type, int flags, int stream, byte[] payload) throws IOException {
        connection.send(ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array());
    }
}
