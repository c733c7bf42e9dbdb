package io.backstay.http.jdk;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.List;

/**
 * Looks at a head for what leaves open where its body ends, or is no status, and what the client lets pass all the same. A
 * response that two readers end at different places is how one is smuggled in with another.
 */
final class Framing {

    /** All numbers of so many digits fit in a {@code long}. */
    private static final int MOST_DIGITS = 18;

    /** No length is announced: chunks, or a body that ends with the connection. */
    static final long NONE = -1;

    /** Where the body ends cannot be told. */
    static final long BROKEN = -2;

    private Framing() {}

    /** The length that the body is announced with, {@link #NONE} or {@link #BROKEN}. */
    static long announcedLength(ResponseInfo head) {
        HttpHeaders fields = head.headers();
        List<String> lengths = fields.allValues("Content-Length");
        List<String> codings = fields.allValues("Transfer-Encoding");
        if (head.statusCode() < 100 || head.statusCode() > 999 || !areNoneOrChunks(codings)) {
            return BROKEN;
        }
        if (lengths.isEmpty()) {
            return NONE;
        }
        return codings.isEmpty() ? onlyLength(lengths) : BROKEN;
    }

    /** Of any other coding the client would take the raw octets for the body, up to the connection's end. */
    private static boolean areNoneOrChunks(List<String> codings) {
        return codings.isEmpty()
                || (codings.size() == 1 && codings.get(0).trim().equalsIgnoreCase("chunked"));
    }

    private static long onlyLength(List<String> lengths) {
        String first = lengths.get(0);
        for (int i = 1; i < lengths.size(); i++) {
            if (!lengths.get(i).equals(first)) {
                return BROKEN;
            }
        }
        return length(first);
    }

    private static long length(String text) {
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return BROKEN;
            }
            length = 10 * length + (digit - '0');
        }
        return text.isEmpty() || text.length() > MOST_DIGITS ? BROKEN : length;
    }
}
