package io.backstay.spi;

import io.backstay.BodySource;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a transport is to send, already validated and encoded. Immutable; the octets of the body must not be changed.
 *
 * <p>Both bodies are buffered unless told otherwise. A request has a {@link #body()}, a {@link #bodySource()}, or neither.
 */
public final class TransportRequest {

    private final String method;
    private final ServiceInstance instance;
    private final String target;
    private final Headers headers;
    private final byte @Nullable [] body;
    private final @Nullable BodySource bodySource;
    private final BodyMode responseMode;
    private final long timeoutNanos;
    private final long maxResponseBytes;

    /**
     * All at once, with both bodies buffered.
     *
     * @param target path and query below the instance's base address, encoded, beginning with a slash
     * @param body the octets to send; null for a request without a body, which is not the same as an empty one
     * @param timeoutNanos how long the whole exchange may take, the body included; more than zero
     * @param maxResponseBytes how long the response's body may be at most, as it arrives
     */
    public TransportRequest(
            String method,
            ServiceInstance instance,
            String target,
            Headers headers,
            byte @Nullable [] body,
            long timeoutNanos,
            long maxResponseBytes) {
        this(method, instance, target, headers, body, null, BodyMode.BUFFERED, timeoutNanos, maxResponseBytes);
    }

    private TransportRequest(
            String method,
            ServiceInstance instance,
            String target,
            Headers headers,
            byte @Nullable [] body,
            @Nullable BodySource bodySource,
            BodyMode responseMode,
            long timeoutNanos,
            long maxResponseBytes) {
        this.method = method;
        this.instance = instance;
        this.target = target;
        this.headers = headers;
        this.body = body;
        this.bodySource = bodySource;
        this.responseMode = responseMode;
        this.timeoutNanos = timeoutNanos;
        this.maxResponseBytes = maxResponseBytes;
    }

    /** The same request with a body that is read while it is sent, in place of octets. */
    public TransportRequest withBody(BodySource source) {
        return new TransportRequest(
                method, instance, target, headers, null, source, responseMode, timeoutNanos, maxResponseBytes);
    }

    /** The same request, whose response's body is to come as a stream: see {@link TransportCall}. */
    public TransportRequest withStreamedResponse() {
        return new TransportRequest(
                method, instance, target, headers, body, bodySource, BodyMode.STREAMED, timeoutNanos, maxResponseBytes);
    }

    /** The HTTP method, in capitals. */
    public String method() {
        return method;
    }

    /** Which instance is called. */
    public ServiceInstance instance() {
        return instance;
    }

    /** Path and query below the instance's base address, encoded. */
    public String target() {
        return target;
    }

    /** The whole address; made anew at each call. */
    public URI uri() {
        return URI.create(instance.baseUri() + target);
    }

    /** The header fields to send. */
    public Headers headers() {
        return headers;
    }

    /** The octets to send, or null when there is no body or it is streamed. */
    public byte @Nullable [] body() {
        return body;
    }

    /** What to open, send and close, once, or null when there is no body or it is buffered. */
    public @Nullable BodySource bodySource() {
        return bodySource;
    }

    /** How the response's body is to come. */
    public BodyMode responseMode() {
        return responseMode;
    }

    /** How long the whole exchange may take: to the last octet of a buffered response, to the head of a streamed one. */
    public Duration timeout() {
        return Duration.ofNanos(timeoutNanos);
    }

    /** The same in nanoseconds. */
    public long timeoutNanos() {
        return timeoutNanos;
    }

    /**
     * How long a buffered response's body may be at most; beyond, the exchange fails as {@code RESPONSE_TOO_LARGE}. Says
     * nothing of a streamed one.
     */
    public long maxResponseBytes() {
        return maxResponseBytes;
    }

    @Override
    public String toString() {
        return method + " to " + instance.address();
    }
}
