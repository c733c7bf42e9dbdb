package io.backstay.http.jdk;

import java.net.http.HttpResponse.ResponseInfo;
import java.util.List;

/**
 * Looks at a head for what leaves open where its body ends, or is no status, and what the client lets pass all the same. A
 * response that two readers end at different places is how one is smuggled in with another.
 */
final class Framing {

    /** All numbers of so many digits fit in a {@code long}. */
    private static final int MOST_DIGITS = 18;

    private Framing() {}

    static boolean isBroken(ResponseInfo head) {
        List<String> lengths = head.headers().allValues("Content-Length");
        boolean chunked = head.headers().firstValue("Transfer-Encoding").isPresent();
        boolean status = head.statusCode() >= 100 && head.statusCode() <= 999;
        return !status || (chunked && !lengths.isEmpty()) || !areOneLength(lengths);
    }

    private static boolean areOneLength(List<String> lengths) {
        return lengths.isEmpty() || (lengths.stream().distinct().count() == 1 && isLength(lengths.get(0)));
    }

    private static boolean isLength(String text) {
        return !text.isEmpty()
                && text.length() <= MOST_DIGITS
                && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    }
}
