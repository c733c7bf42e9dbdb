package io.backstay.http.okhttp;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLSocket;
import okhttp3.Connection;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/** What OkHttp lets pass, or takes for something else, in the head of a response. */
final class ResponseHeads {

    private ResponseHeads() {}

    /**
     * Refuses a length that is none, or several that differ, and a coding other than chunks: OkHttp would take what follows
     * for the body until the connection is closed, so that who sent it could slip in a response of his own making.
     */
    static void check(Headers fields) throws ProtocolException {
        String length = null;
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.name(i);
            if (name.equalsIgnoreCase("Content-Length")) {
                length = onlyLength(length, fields.value(i));
            } else if (name.equalsIgnoreCase("Transfer-Encoding") && !isKnown(fields.value(i))) {
                throw new ProtocolException("a Transfer-Encoding that was not asked for");
            }
        }
    }

    private static String onlyLength(@Nullable String before, String value) throws ProtocolException {
        String length = value.trim();
        // 18 digits fit in a long.
        if (length.isEmpty() || length.length() > 18 || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new ProtocolException("a Content-Length that is no length");
        }
        if (before != null && !before.equals(length)) {
            throw new ProtocolException("several Content-Lengths that differ");
        }
        return length;
    }

    private static boolean isKnown(String coding) {
        return coding.equalsIgnoreCase("chunked") || coding.equalsIgnoreCase("identity");
    }

    /** OkHttp reports a head or trailers beyond its 256 KiB as a connection that was closed; this tells them apart. */
    static IOException exact(IOException thrown, @Nullable Connection connection) {
        boolean endMissing = thrown instanceof EOFException || thrown.getCause() instanceof EOFException;
        if (!endMissing || connection == null || isClosedByPeer(connection)) {
            return thrown;
        }
        ProtocolException tooLarge = new ProtocolException("more header fields than OkHttp takes");
        tooLarge.initCause(thrown);
        return tooLarge;
    }

    /** True too where it cannot be known. The connection is not used any more. */
    private static boolean isClosedByPeer(Connection connection) {
        ChannelSocket socket = ChannelSocket.under(connection);
        if (socket == null || socket.isAtEnd()) {
            return true;
        }
        return connection.socket() instanceof SSLSocket top && isAtEnd(top);
    }

    /** Whether it was closed in the way of TLS, which its socket does not tell: another read does, at once. */
    private static boolean isAtEnd(SSLSocket socket) {
        try {
            socket.setSoTimeout(1);
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException closed) {
            return true;
        }
    }
}
