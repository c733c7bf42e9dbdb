package io.backstay.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a call is like. A GET is answered with the body; a POST sends it and is answered with 100 B.
 *
 * @param method {@code GET} or {@code POST}
 * @param callers how many call at once
 */
record CallKind(String method, int bodyBytes, boolean async, int callers) {

    private static final int[] BODY_BYTES = {100, 10_000, 1_000_000};
    private static final int[] CALLERS = {1, 8, 64};
    private static final int ANSWER_TO_POST_BYTES = 100;

    /** All that are measured, those with the smallest bodies first. */
    static List<CallKind> all() {
        List<CallKind> all = new ArrayList<>();
        for (int bodyBytes : BODY_BYTES) {
            for (String method : List.of("GET", "POST")) {
                for (int callers : CALLERS) {
                    all.add(new CallKind(method, bodyBytes, false, callers));
                    all.add(new CallKind(method, bodyBytes, true, callers));
                }
            }
        }
        return all;
    }

    /** One of each way to call, to have the JVM compile what all kinds run. */
    static List<CallKind> warmUps() {
        return all().stream()
                .filter(kind -> kind.bodyBytes == BODY_BYTES[1] && kind.callers == CALLERS[1])
                .toList();
    }

    /** What is sent, or null. */
    byte @Nullable [] body() {
        if (method.equals("GET")) {
            return null;
        }
        byte[] body = new byte[bodyBytes];
        Arrays.fill(body, (byte) 'x');
        return body;
    }

    int requestBytes() {
        return method.equals("GET") ? 0 : bodyBytes;
    }

    int answerBytes() {
        return method.equals("GET") ? bodyBytes : ANSWER_TO_POST_BYTES;
    }

    /** {@code blocking} or {@code async}. */
    String way() {
        return async ? "async" : "blocking";
    }
}
