package io.backstay.http.okhttp;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLSocket;
import okhttp3.Connection;
import okhttp3.Headers;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** What OkHttp lets pass, or takes for something else, in the head of a response. */
final class ResponseHeads {

    /** What RFC 9110 keeps out of names, beside what is not printed. */
    private static final String SEPARATORS = "\"(),/:;<=>?@[\\]{}";

    private ResponseHeads() {}

    /**
     * Refuses a status that is none, a field that is none, a length that is none, several that differ, and a coding other than
     * chunks: OkHttp would take what follows for the body until the connection is closed, or hand on what somebody else may
     * read differently, so that who sent it could slip in fields and responses of his own making.
     */
    static void check(Response response) throws ProtocolException {
        if (response.code() < 100 || response.code() > 999) {
            throw new ProtocolException("a status that is none");
        }
        Headers fields = response.headers();
        String length = null;
        boolean coded = false;
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.name(i);
            if (!isToken(name) || !isText(fields.value(i))) {
                throw new ProtocolException("a header field that is none");
            }
            if (name.equalsIgnoreCase("Content-Length")) {
                length = onlyLength(length, fields.value(i));
            } else if (name.equalsIgnoreCase("Transfer-Encoding")) {
                if (coded || !fields.value(i).equalsIgnoreCase("chunked")) {
                    throw new ProtocolException("a Transfer-Encoding that was not asked for");
                }
                coded = true;
            }
        }
    }

    private static boolean isToken(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7F || SEPARATORS.indexOf(c) >= 0) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static boolean isText(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7F) {
                return false;
            }
        }
        return true;
    }

    private static String onlyLength(@Nullable String before, String value) throws ProtocolException {
        String length = value.trim();
        // 18 digits fit in a long.
        if (length.isEmpty() || length.length() > 18 || !isNumber(length)) {
            throw new ProtocolException("a Content-Length that is no length");
        }
        if (before != null && !before.equals(length)) {
            throw new ProtocolException("several Content-Lengths that differ");
        }
        return length;
    }

    private static boolean isNumber(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
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

    /** How OkHttp says that a status is negative. */
    static IOException exact(IllegalStateException thrown) {
        if (String.valueOf(thrown.getMessage()).startsWith("code < 0")) {
            return new ProtocolException("a status that is none");
        }
        throw thrown;
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
