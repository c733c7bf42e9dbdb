package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link FakeTransport} does with a request: a response, a failure, or silence. Immutable. */
public final class FakeAnswer {

    /** How a body ends. */
    enum Ending {
        WELL,
        BROKEN_OFF,
        NEVER
    }

    /** Octets that come so long after those before them. */
    record Piece(Duration after, ByteBuffer octets) {}

    private final int status;
    private final Headers headers;
    private final List<Piece> body;
    private final Ending ending;
    private final @Nullable FailureKind failure;
    private final @Nullable Duration latency;

    private FakeAnswer(
            int status,
            Headers headers,
            List<Piece> body,
            Ending ending,
            @Nullable FailureKind failure,
            @Nullable Duration latency) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.ending = ending;
        this.failure = failure;
        this.latency = latency;
    }

    /** A response of this status, at once, without fields and body. */
    public static FakeAnswer status(int status) {
        return new FakeAnswer(status, Headers.empty(), List.of(), Ending.WELL, null, Duration.ZERO);
    }

    /** A response of status 200 with this body in UTF-8, at once. */
    public static FakeAnswer ok(String body) {
        return status(200).body(body);
    }

    /** A failure of this kind, at once; the request may have been sent unless the kind says that it never was. */
    public static FakeAnswer failure(FailureKind kind) {
        return new FakeAnswer(0, Headers.empty(), List.of(), Ending.WELL, kind, Duration.ZERO);
    }

    /** No answer ever: the exchange ends by its timeout, by being cancelled, or by the closing of the transport. */
    public static FakeAnswer never() {
        return new FakeAnswer(0, Headers.empty(), List.of(), Ending.WELL, null, null);
    }

    /** The same with one more header field. */
    public FakeAnswer header(String name, String value) {
        return new FakeAnswer(status, headers.plus(name, value), body, ending, failure, latency);
    }

    /** The same with this body in UTF-8. */
    public FakeAnswer body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same with this body, whose octets must not be changed. */
    public FakeAnswer body(byte[] octets) {
        return withBody(List.of(new Piece(Duration.ZERO, ByteBuffer.wrap(octets))), Ending.WELL);
    }

    /** The same with more of the body in UTF-8, so long after what comes before. */
    public FakeAnswer piece(Duration after, String text) {
        return piece(after, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same with more of the body, so long after what comes before. The octets must not be changed. */
    public FakeAnswer piece(Duration after, byte[] octets) {
        List<Piece> more = new ArrayList<>(body);
        more.add(new Piece(after, ByteBuffer.wrap(octets)));
        return withBody(List.copyOf(more), ending);
    }

    /** The same with a connection that is lost where the body would end. */
    public FakeAnswer breakingOff() {
        return withBody(body, Ending.BROKEN_OFF);
    }

    /** The same with a body that is silent where it would end. */
    public FakeAnswer neverEnding() {
        return withBody(body, Ending.NEVER);
    }

    private FakeAnswer withBody(List<Piece> pieces, Ending end) {
        return new FakeAnswer(status, headers, pieces, end, failure, latency);
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
        return new FakeAnswer(status, headers, body, ending, failure, delay);
    }

    int status() {
        return status;
    }

    Headers headers() {
        return headers;
    }

    List<Piece> body() {
        return body;
    }

    Ending ending() {
        return ending;
    }

    /** The whole body, for who does not want it in pieces. */
    byte[] wholeBody() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (Piece piece : body) {
            ByteBuffer octets = piece.octets().duplicate();
            while (octets.hasRemaining()) {
                whole.write(octets.get());
            }
        }
        return whole.toByteArray();
    }

    /** How long the pieces take; null for ever. */
    @Nullable
    Duration bodyTime() {
        return ending == Ending.NEVER ? null : body.stream().map(Piece::after).reduce(Duration.ZERO, Duration::plus);
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
