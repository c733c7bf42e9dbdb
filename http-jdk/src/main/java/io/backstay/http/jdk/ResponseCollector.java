package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers one response, up to the size that is allowed. Octets are copied out of the client's buffers: a server that sends
 * one at a time would else make each of them hold a whole buffer. {@link #abort} may be called from any thread, the rest is
 * the client's.
 *
 * <p>Handed to the client by {@link BodySubscribers#fromSubscriber}: it calls {@code getBody} of a {@code BodySubscriber}
 * that is not its own on one more thread, which is a tenth of a short exchange.
 */
final class ResponseCollector implements ResponseBody, Flow.Subscriber<List<ByteBuffer>> {

    private static final byte[] NOTHING = new byte[0];

    /** What is reserved at most on the word of a Content-Length alone. */
    private static final int TRUSTED_BYTES = 64 * 1024;

    /** How many times what is there may be reserved on that word. */
    private static final int MOST_AHEAD = 16;

    private final TransportRequest request;
    private final ResponseInfo head;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final BodySubscriber<TransportResponse> forClient;

    private final long announced;
    private final Consumer<TransportResponse> whole;
    private @Nullable TransportResponse response;

    private byte[] octets = NOTHING;
    private int size;
    private volatile Flow.@Nullable Subscription subscription;

    /**
     * @param announced the length of the body, or less than 0
     * @param whole is handed the response once its last octet is there and its connection serves the next exchange
     */
    ResponseCollector(TransportRequest request, ResponseInfo head, long announced, Consumer<TransportResponse> whole) {
        this.request = request;
        this.head = head;
        this.announced = announced;
        this.whole = whole;
        this.forClient = BodySubscribers.fromSubscriber(this, ResponseCollector::response);
    }

    @Override
    public BodySubscriber<TransportResponse> forClient() {
        return forClient;
    }

    @Override
    public void onSubscribe(Flow.Subscription upstream) {
        subscription = upstream;
        if (announced > request.maxResponseBytes() && hasBody()) {
            abort(tooLarge());
        }
        if (ended.get()) {
            upstream.cancel();
        } else {
            upstream.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (ended.get()) {
                return;
            }
            append(buffer);
        }
    }

    private void append(ByteBuffer buffer) {
        int more = buffer.remaining();
        if (size + (long) more > request.maxResponseBytes()) {
            abort(tooLarge());
            return;
        }
        if (octets.length - size < more) {
            octets = Arrays.copyOf(octets, capacityFor(size + more));
        }
        buffer.get(octets, size, more);
        size += more;
    }

    /**
     * Exact where the length was announced and is small, or a sixteenth of it is there. Else sixteen times what there is on the
     * way to an announced length, since each step copies all; twice where none was announced.
     */
    private int capacityFor(int needed) {
        if (announced >= needed && announced <= Math.max(TRUSTED_BYTES, (long) MOST_AHEAD * needed)) {
            return (int) announced;
        }
        long factor = announced >= needed ? MOST_AHEAD : 2;
        return size == 0 ? needed : (int) Math.min(Math.max(needed, factor * octets.length), Integer.MAX_VALUE - 8);
    }

    @Override
    public void onComplete() {
        if (ended.compareAndSet(false, true)) {
            whole.accept(response());
        }
    }

    /** Once all octets are there. */
    private TransportResponse response() {
        TransportResponse made = response;
        if (made == null) {
            byte[] body = size == octets.length ? octets : Arrays.copyOf(octets, size);
            made = new TransportResponse(
                    head.statusCode(), Headers.received(head.headers().map()), body);
            response = made;
        }
        return made;
    }

    @Override
    public void onError(Throwable failure) {
        ended.set(true);
    }

    /** Does nothing once the response is whole, since the connection may serve another exchange by then. */
    @Override
    public void abort(ExchangeException failure) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        forClient.onError(failure);
        Flow.Subscription upstream = subscription;
        if (upstream != null) {
            upstream.cancel();
        }
    }

    private boolean hasBody() {
        return !request.method().equals("HEAD") && head.statusCode() != 304 && head.statusCode() != 204;
    }

    private ExchangeException tooLarge() {
        return ExchangeException.of(FailureKind.RESPONSE_TOO_LARGE, true, request, null);
    }
}
