package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a {@link FakeTransport} does with a request: a response, a failure, or silence. Immutable. */
public final class FakeAnswer {

    private static final byte[] NOTHING = new byte[0];

    private final int status;
    private final Headers headers;
    private final byte[] body;
    private final @Nullable FailureKind failure;
    private final @Nullable Duration latency;

    private FakeAnswer(
            int status, Headers headers, byte[] body, @Nullable FailureKind failure, @Nullable Duration latency) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.failure = failure;
        this.latency = latency;
    }

    /** A response of this status, at once, without fields and body. */
    public static FakeAnswer status(int status) {
        return new FakeAnswer(status, Headers.empty(), NOTHING, null, Duration.ZERO);
    }

    /** A response of status 200 with this body in UTF-8, at once. */
    public static FakeAnswer ok(String body) {
        return status(200).body(body);
    }

    /** A failure of this kind, at once; the request may have been sent unless the kind says that it never was. */
    public static FakeAnswer failure(FailureKind kind) {
        return new FakeAnswer(0, Headers.empty(), NOTHING, kind, Duration.ZERO);
    }

    /** No answer ever: the exchange ends by its timeout, by being cancelled, or by the closing of the transport. */
    public static FakeAnswer never() {
        return new FakeAnswer(0, Headers.empty(), NOTHING, null, null);
    }

    /** The same with one more header field. */
    public FakeAnswer header(String name, String value) {
        return new FakeAnswer(status, headers.plus(name, value), body, failure, latency);
    }

    /** The same with this body in UTF-8. */
    public FakeAnswer body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same with this body, whose octets must not be changed. */
    public FakeAnswer body(byte[] octets) {
        return new FakeAnswer(status, headers, octets, failure, latency);
    }

    /**
     * The same, so long after the request was sent.
     *
     * @throws IllegalStateException when there is no answer ever
     */
    public FakeAnswer after(Duration delay) {
        if (latency == null) {
            throw new IllegalStateException("an answer that never comes has no latency");
        }
        return new FakeAnswer(status, headers, body, failure, delay);
    }

    int status() {
        return status;
    }

    Headers headers() {
        return headers;
    }

    byte[] body() {
        return body;
    }

    @Nullable
    FailureKind failure() {
        return failure;
    }

    /** Null for never. */
    @Nullable
    Duration latency() {
        return latency;
    }

    @Override
    public String toString() {
        String what = failure != null ? failure.words() : latency == null ? "no answer" : "status " + status;
        return latency == null || latency.isZero() ? what : what + " after " + latency.toMillis() + " ms";
    }
}
