package io.backstay.spi;

import io.backstay.Headers;
import io.backstay.ServiceInstance;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a transport is to send, already validated and encoded. Immutable; the octets of the body must not be changed.
 */
public final class TransportRequest {

    private final String method;
    private final ServiceInstance instance;
    private final String target;
    private final Headers headers;
    private final byte @Nullable [] body;
    private final long timeoutNanos;
    private final long maxResponseBytes;

    /**
     * All at once.
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
        this.method = method;
        this.instance = instance;
        this.target = target;
        this.headers = headers;
        this.body = body;
        this.timeoutNanos = timeoutNanos;
        this.maxResponseBytes = maxResponseBytes;
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

    /** The octets to send, or null when there is no body. */
    public byte @Nullable [] body() {
        return body;
    }

    /** How long the whole exchange may take, the response's body included. */
    public Duration timeout() {
        return Duration.ofNanos(timeoutNanos);
    }

    /** The same in nanoseconds. */
    public long timeoutNanos() {
        return timeoutNanos;
    }

    /** How long the response's body may be at most; beyond, the exchange fails as {@code RESPONSE_TOO_LARGE}. */
    public long maxResponseBytes() {
        return maxResponseBytes;
    }

    @Override
    public String toString() {
        return method + " to " + instance.address();
    }
}
