package io.backstay.testkit;

import io.backstay.spi.SystemTime;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** One connection of a {@link RawServer}, from the server's side. Texts are ISO 8859-1. */
final class RawConnection implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;
    private final AtomicInteger requests;

    RawConnection(Socket socket, AtomicInteger requests) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.requests = requests;
        socket.setTcpNoDelay(true);
    }

    /**
     * Reads a request, its body included, and gives the lines of its head.
     *
     * @throws EOFException when the client has closed
     */
    List<String> readRequest() throws IOException {
        List<String> lines = readHead();
        in.skipNBytes(contentLength(lines));
        return lines;
    }

    static long contentLength(List<String> lines) {
        return lines.stream()
                .map(line -> line.toLowerCase(Locale.ROOT))
                .filter(line -> line.startsWith("content-length:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring(line.indexOf(':') + 1).trim()))
                .findFirst()
                .orElse(0);
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] octets) throws IOException {
        socket.getOutputStream().write(octets);
        socket.getOutputStream().flush();
    }

    /** What the client sends, for scripts that speak otherwise than HTTP/1.1. */
    InputStream in() {
        return in;
    }

    /** Counts a request that the script has read by itself. */
    void count() {
        requests.incrementAndGet();
    }

    /** Reads a head, and nothing of a body. */
    List<String> readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException();
            }
            head.append((char) octet);
        }
        requests.incrementAndGet();
        return head.toString().trim().lines().toList();
    }

    /** Sends one piece of a chunked body. */
    void sendChunk(String text) throws IOException {
        send(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
    }

    /** Sends the text again and again, with pauses, until the client closes. */
    void drip(String text, Duration pause) throws IOException {
        while (true) {
            send(text);
            pause(pause);
        }
    }

    void pause(Duration time) throws IOException {
        try {
            SystemTime.shared().await(new CompletableFuture<>(), time.toNanos());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Waits until the client closes. */
    void awaitClose() throws IOException {
        while (in.read() >= 0) {
            // What else it sends is of no matter.
        }
    }

    /** Closes by RST. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException closedAlready) {
            // There is nothing left to do for it.
        }
    }
}
