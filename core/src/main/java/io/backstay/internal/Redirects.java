package io.backstay.internal;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TimeSource;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One attempt that goes where the server sends it (RFC 9110 §15.4), over any transport, within the attempt's timeout and so
 * many times at most; then, or where it must not follow, the redirection itself is the response. Another origin is sent no
 * credentials and none of our own fields; from https it never goes to http.
 */
final class Redirects implements TransportCall {

    /** What another origin is told: nothing that could be a secret. */
    private static final List<String> HARMLESS = List.of(
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Content-Type",
            "Range",
            "User-Agent",
            "If-Match",
            "If-None-Match",
            "If-Modified-Since",
            "If-Unmodified-Since");

    private final HttpTransport transport;
    private final TimeSource time;
    private final int most;
    private final long endNanos;

    private TransportRequest request;
    private int followed;
    private volatile TransportCall current;
    private volatile boolean cancelled;

    Redirects(HttpTransport transport, TimeSource time, int most, TransportRequest request) {
        this.transport = transport;
        this.time = time;
        this.most = most;
        this.request = request;
        this.endNanos = time.nanoTime() + request.timeoutNanos();
        this.current = transport.newCall(request);
    }

    @Override
    public TransportResponse execute() throws ExchangeException, InterruptedException {
        TransportResponse response = current.execute();
        while (goesOn(response)) {
            try {
                response = current.execute();
            } catch (ExchangeException failure) {
                throw sent(failure);
            }
        }
        return response;
    }

    @Override
    public CompletableFuture<TransportResponse> executeAsync() {
        return follow(current.executeAsync());
    }

    private CompletableFuture<TransportResponse> follow(CompletableFuture<TransportResponse> exchange) {
        return exchange.thenCompose(this::afterwards);
    }

    private CompletableFuture<TransportResponse> afterwards(TransportResponse response) {
        try {
            return goesOn(response)
                    ? follow(current.executeAsync()
                            .exceptionallyCompose(failure -> CompletableFuture.failedFuture(sent(failure))))
                    : CompletableFuture.completedFuture(response);
        } catch (ExchangeException timedOut) {
            return CompletableFuture.failedFuture(timedOut);
        }
    }

    /** Whatever became of a later hop, the first server has seen the request. */
    private static ExchangeException sent(ExchangeException failure) {
        return new ExchangeException(failure.kind(), true, String.valueOf(failure.getMessage()), failure);
    }

    private static Throwable sent(Throwable failure) {
        return failure instanceof ExchangeException exchange ? sent(exchange) : failure;
    }

    @Override
    public void cancel() {
        cancelled = true;
        current.cancel();
    }

    /**
     * Whether there is one more exchange to be made, which then is the current one.
     *
     * @throws ExchangeException when there is no time left for it
     */
    private boolean goesOn(TransportResponse response) throws ExchangeException {
        TransportRequest next = followed < most ? next(response) : null;
        if (next == null) {
            return false;
        }
        close(response.stream());
        followed++;
        request = next;
        current = transport.newCall(next);
        if (cancelled) {
            current.cancel();
        }
        return true;
    }

    private @Nullable TransportRequest next(TransportResponse response) throws ExchangeException {
        URI from = request.uri();
        URI to = target(response, from);
        long remaining = endNanos - time.nanoTime();
        boolean asGet = becomesGet(response.status());
        boolean isLost = !asGet && request.bodySource() != null;
        if (to == null || isDowngrade(from, to) || isLost) {
            return null;
        }
        if (remaining <= 0) {
            close(response.stream());
            throw ExchangeException.of(FailureKind.TIMEOUT, true, request, null);
        }
        Headers headers = isSameOrigin(from, to) ? request.headers() : harmless(request.headers());
        return followUp(to, asGet, asGet ? headers.without("Content-Type") : headers, remaining);
    }

    private boolean becomesGet(int status) {
        boolean isPost = request.method().equals("POST");
        return switch (status) {
            case 301, 302 -> isPost;
            case 303 -> !request.method().equals("HEAD");
            default -> false;
        };
    }

    private static boolean isDowngrade(URI from, URI to) {
        return from.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https");
    }

    private TransportRequest followUp(URI to, boolean asGet, Headers headers, long remaining) {
        String path = to.getRawPath().isEmpty() ? "/" : to.getRawPath();
        TransportRequest next = new TransportRequest(
                asGet ? "GET" : request.method(),
                ServiceInstance.of(
                        request.instance().service(), URI.create(to.getScheme() + "://" + to.getRawAuthority())),
                to.getRawQuery() == null ? path : path + "?" + to.getRawQuery(),
                headers,
                asGet ? null : request.body(),
                remaining,
                request.maxResponseBytes());
        return request.responseMode() == BodyMode.STREAMED ? next.withStreamedResponse() : next;
    }

    private static @Nullable URI target(TransportResponse response, URI from) {
        boolean redirects = switch (response.status()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
        String location = redirects ? response.headers().first("Location").orElse(null) : null;
        if (location == null) {
            return null;
        }
        try {
            URI to = resolve(from, URI.create(location.trim()));
            boolean isHttp = "http".equalsIgnoreCase(to.getScheme()) || "https".equalsIgnoreCase(to.getScheme());
            boolean isReachable = to.getHost() != null && to.getPort() != 0 && to.getPort() <= 65_535;
            return isHttp && isReachable && to.getRawUserInfo() == null ? to : null;
        } catch (IllegalArgumentException unreadable) {
            return null;
        }
    }

    /** {@code URI.resolve} drops the last segment of a path for a reference that has none (RFC 3986 §5.2.2 keeps it). */
    private static URI resolve(URI from, URI reference) {
        boolean hasNoPath = !reference.isAbsolute()
                && reference.getRawAuthority() == null
                && reference.getRawPath().isEmpty();
        if (!hasNoPath) {
            return from.resolve(reference);
        }
        String query = reference.getRawQuery() != null ? reference.getRawQuery() : from.getRawQuery();
        return URI.create(from.getScheme() + "://" + from.getRawAuthority() + from.getRawPath()
                + (query == null ? "" : "?" + query));
    }

    private static boolean isSameOrigin(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    private static Headers harmless(Headers headers) {
        Headers kept = Headers.empty();
        for (String name : HARMLESS) {
            for (String value : headers.all(name)) {
                kept = kept.plus(name, value);
            }
        }
        return kept;
    }

    private static void close(@Nullable InputStream unwanted) {
        if (unwanted != null) {
            try {
                unwanted.close();
            } catch (IOException unimportant) {
                // The next response is what counts.
            }
        }
    }
}
