package io.backstay.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** What servers of streamed bodies do, as scripts. */
final class StreamServers {

    static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static final int BUFFER = 64 << 10;

    private StreamServers() {}

    /** Sends this and then is silent until the client closes. */
    static RawServer.Script stallingAfter(String response) {
        return connection -> {
            connection.readRequest();
            connection.send(response);
            connection.awaitClose();
        };
    }

    /** Counts the octets of each request's body, however it is framed, and answers with their number. */
    static RawServer.Script counting(AtomicLong count) {
        return connection -> {
            while (true) {
                count.addAndGet(skipBody(connection));
                String number = count.toString();
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + number.length() + "\r\n\r\n" + number);
            }
        };
    }

    /** Reads a request to its end and gives the length of its body. */
    static long skipBody(RawConnection connection) throws IOException {
        List<String> head = connection.readHead();
        InputStream in = connection.in();
        if (isChunked(head)) {
            return skipChunks(in);
        }
        return skip(in, RawConnection.contentLength(head));
    }

    static boolean isChunked(List<String> head) {
        return head.stream().anyMatch(line -> line.toLowerCase(Locale.ROOT).matches("transfer-encoding: *chunked"));
    }

    private static long skipChunks(InputStream in) throws IOException {
        long total = 0;
        while (true) {
            long size = Long.parseLong(line(in), 16);
            if (size == 0) {
                line(in);
                return total;
            }
            total += skip(in, size);
            line(in);
        }
    }

    private static long skip(InputStream in, long length) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long left = length;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new IOException("the body ends " + left + " B too early");
            }
            left -= read;
        }
        return length;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                throw new IOException("the body ends too early");
            }
            line.append((char) octet);
        }
        return line.toString().trim();
    }
}
