package io.backstay.http.okhttp;

/**
 * Tells what a server has said so far to a request that is still being sent: interim responses (RFC 9110 §15.2), after which it
 * waits for the rest of the request, or a final one.
 */
final class EarlyAnswer {

    /** Up to the first digit of the status in {@code HTTP/1.1 200}. */
    private static final int BEFORE_STATUS = 9;

    private EarlyAnswer() {}

    /** The first digit of the final status among these octets, or of what stands in its place; 0 where there is none yet. */
    static char statusClass(byte[] octets, int length) {
        int head = 0;
        while (head + BEFORE_STATUS < length) {
            char digit = (char) octets[head + BEFORE_STATUS];
            if (digit != '1') {
                return digit;
            }
            head = afterHead(octets, head, length);
        }
        return 0;
    }

    /** Where the head that begins here has ended; the length where it has not. */
    private static int afterHead(byte[] octets, int from, int length) {
        boolean lineIsEmpty = false;
        for (int i = from; i < length; i++) {
            if (octets[i] == '\n') {
                if (lineIsEmpty) {
                    return i + 1;
                }
                lineIsEmpty = true;
            } else if (octets[i] != '\r') {
                lineIsEmpty = false;
            }
        }
        return length;
    }
}
