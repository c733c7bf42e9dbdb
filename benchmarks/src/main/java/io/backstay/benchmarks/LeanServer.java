package io.backstay.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Answers every request without a body with the same 200. A thread for each connection, which blocks in its read and makes no
 * garbage: so it can live in the JVM of its clients, whose collections are then all of their own making, and with one caller
 * at most two threads are ever busy.
 */
final class LeanServer implements AutoCloseable {

    private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket listener;
    private final byte[] response;

    LeanServer(int bodyBytes) throws IOException {
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        byte[] head = ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + bodyBytes + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        this.response = Arrays.copyOf(head, head.length + bodyBytes);
        Arrays.fill(response, head.length, response.length, (byte) 'x');
        start("accept", this::accept);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "server-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = listener.accept();
                start("connection", () -> serve(connection));
            }
        } catch (IOException closed) {
            // The end of this server.
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = connection.getInputStream();
            OutputStream out = connection.getOutputStream();
            byte[] request = new byte[8192];
            int length = 0;
            for (int more = in.read(request); more > 0; more = in.read(request, length, request.length - length)) {
                length += more;
                if (endsWithHead(request, length)) {
                    out.write(response);
                    length = 0;
                }
            }
        } catch (IOException gone) {
            // The client has closed its connection.
        }
    }

    /** One request at a time, so its head's end is the end of what was read. */
    private static boolean endsWithHead(byte[] request, int length) {
        return length >= END.length && Arrays.equals(request, length - END.length, length, END, 0, END.length);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
