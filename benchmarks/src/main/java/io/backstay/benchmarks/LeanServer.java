package io.backstay.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import jdk.net.ExtendedSocketOptions;

/**
 * Answers every request, whose body has a length that is known beforehand, with the same 200. A thread for each connection,
 * which blocks in its read and makes no garbage: so it can live in the JVM of its clients, whose collections are then all of
 * their own making, and with one caller at most two threads are ever busy. Octets go straight between its buffers outside the
 * heap and the kernel; it looks at none but those of a head.
 */
final class LeanServer implements AutoCloseable {

    /** Room for as many connections as may come at once; one that is turned away is tried again only after a second. */
    private static final int BACKLOG = 512;

    private static final int BUFFER_BYTES = 64 * 1024;

    /** Only Linux has the option. */
    private static final boolean CAN_ACKNOWLEDGE = canAcknowledge();

    private final ServerSocketChannel listener;
    private final int requestBytes;
    private final ByteBuffer response;

    /** Expects no body and answers with one of this length. */
    LeanServer(int responseBytes) throws IOException {
        this(0, responseBytes);
    }

    /** Expects bodies of the one length and answers with one of the other. */
    LeanServer(int requestBytes, int responseBytes) throws IOException {
        this.requestBytes = requestBytes;
        this.response = response(responseBytes);
        this.listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        start("accept", this::accept);
    }

    private static ByteBuffer response(int bodyBytes) {
        byte[] head = ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + bodyBytes + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer whole = ByteBuffer.allocateDirect(head.length + bodyBytes).put(head);
        while (whole.hasRemaining()) {
            whole.put((byte) 'x');
        }
        return whole.flip().asReadOnlyBuffer();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + listener.socket().getLocalPort());
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "server-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = listener.accept();
                start("connection", () -> serve(connection));
            }
        } catch (IOException closed) {
            // The end of this server.
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
            ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
            ByteBuffer out = response.duplicate();
            while (readHead(connection, in) && readBody(connection, in)) {
                out.rewind();
                while (out.hasRemaining()) {
                    connection.write(out);
                }
            }
        } catch (IOException gone) {
            // The client has closed its connection.
        }
    }

    /** One request at a time, so the buffer begins with its head; leaves what was read of the body. */
    private static boolean readHead(SocketChannel connection, ByteBuffer in) throws IOException {
        in.clear();
        int seen = 0;
        while (connection.read(in) > 0) {
            for (; seen < in.position(); seen++) {
                if (isEndOfHead(in, seen)) {
                    in.flip().position(seen + 1);
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether an empty line ends here; that all lines end in CR LF is the clients' word. */
    private static boolean isEndOfHead(ByteBuffer in, int at) {
        return at >= 3 && in.get(at) == '\n' && in.get(at - 2) == '\n';
    }

    private boolean readBody(SocketChannel connection, ByteBuffer in) throws IOException {
        int left = requestBytes - in.remaining();
        while (left > 0) {
            acknowledge(connection);
            int more = connection.read(in.clear());
            if (more < 0) {
                return false;
            }
            left -= more;
        }
        return true;
    }

    /**
     * Has the kernel acknowledge what has arrived at once, not within 40 ms: OkHttp leaves Nagle's algorithm on, so that the last
     * octets of a body wait for it, and a timer of the kernel would be all that is measured.
     */
    private static void acknowledge(SocketChannel connection) throws IOException {
        if (CAN_ACKNOWLEDGE) {
            connection.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
        }
    }

    private static boolean canAcknowledge() {
        try (SocketChannel channel = SocketChannel.open()) {
            return channel.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK);
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
