package io.backstay.server;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.backstay.CallContext;
import io.backstay.CorrelationIds;
import io.backstay.Deadline;
import io.backstay.Headers;
import io.backstay.Problem;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a handler of the JDK's HTTP server under the caller's context. Add it to {@code HttpContext.getFilters()}.
 *
 * <p>The correlation id of the request, or a new one, is in the {@link CallContext} and the MDC while the handler runs, and on
 * the response. The caller's remaining time becomes the deadline of all calls that the handler makes; a request that has
 * none left is answered 504 without troubling the handler. What the handler throws becomes a problem (RFC 9457): 503 with
 * {@code Retry-After} for what is unavailable, 502 for an answer of another service that cannot be used, a {@link ProblemException}'s own, else
 * 500 without a word of the inside; unless the handler has begun to answer, when the connection is closed. A handler that closes the exchange on its way out (as
 * try-with-resources does) leaves no way to answer: close it at the end of a good answer only. Thread-safe.
 */
public final class JdkServerFilter extends Filter {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.server");
    private static final long LONGEST_MILLIS = Duration.ofDays(1).toMillis();

    private final String correlationHeader;
    private final String deadlineHeader;
    private final TimeSource time;
    private final RandomSource random;

    private JdkServerFilter(Builder builder) {
        this.correlationHeader = builder.correlationHeader;
        this.deadlineHeader = builder.deadlineHeader;
        this.time = builder.time;
        this.random = builder.random;
    }

    /** With {@code X-Correlation-ID} and {@code X-Deadline-Ms}. */
    public static JdkServerFilter create() {
        return builder().build();
    }

    /** To set what is not as by default. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String description() {
        return "correlation id, deadline and problems";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        CallContext context = contextOf(exchange);
        context.correlationId().ifPresent(id -> exchange.getResponseHeaders().set(correlationHeader, id));
        try (CallContext.Scope scope = context.open()) {
            if (context.deadline().filter(this::hasPassed).isPresent()) {
                answer(exchange, Problem.of(504, "Deadline Passed"), Optional.empty());
                return;
            }
            chain.doFilter(exchange);
        } catch (IOException | RuntimeException | Error failure) {
            fail(exchange, context, failure);
            if (failure instanceof Error error) {
                throw error;
            }
        }
    }

    private boolean hasPassed(Deadline deadline) {
        return deadline.hasPassed(time.nanoTime());
    }

    private CallContext contextOf(HttpExchange exchange) {
        String given = exchange.getRequestHeaders().getFirst(correlationHeader);
        CallContext context = CallContext.empty()
                .withCorrelationId(given != null && CorrelationIds.isSafe(given) ? given : CorrelationIds.next(random));
        Long millis = millis(exchange.getRequestHeaders().getFirst(deadlineHeader));
        return millis == null
                ? context
                : context.withDeadline(Deadline.after(time.nanoTime(), Duration.ofMillis(millis)));
    }

    /** A number of milliseconds; null when there is none that can be read, which is no reason to refuse work. */
    private static @Nullable Long millis(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return Math.max(0, Math.min(Long.parseLong(text.trim()), LONGEST_MILLIS));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static void fail(HttpExchange exchange, CallContext context, Throwable failure) throws IOException {
        try (CallContext.Scope scope = context.open()) {
            boolean begun = exchange.getResponseCode() >= 0;
            Problem problem = Problems.of(failure);
            log(exchange, problem, failure, begun);
            if (begun) {
                exchange.close();
            } else {
                answer(exchange, problem, Problems.retryAfter(failure));
            }
        }
    }

    /** A caller that is gone before it was answered, having given up or died, is no failure of this service. */
    private static void log(HttpExchange exchange, Problem problem, Throwable failure, boolean begun) {
        if (begun && failure instanceof IOException) {
            LOG.debug("the caller was gone before it was answered: {}", failure.toString());
        } else if (problem.status() == 500) {
            LOG.error(
                    "{} {} failed",
                    exchange.getRequestMethod(),
                    exchange.getHttpContext().getPath(),
                    failure);
        } else {
            LOG.debug("answered {}: {}", problem.status(), failure.toString());
        }
    }

    private static void answer(HttpExchange exchange, Problem problem, Optional<Duration> retryAfter)
            throws IOException {
        try (exchange) {
            retryAfter.ifPresent(wait -> exchange.getResponseHeaders()
                    .set(
                            "Retry-After",
                            String.valueOf(wait.plusNanos(999_999_999).toSeconds())));
            exchange.getResponseHeaders().set("Content-Type", Problem.MEDIA_TYPE);
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(problem.status(), -1);
                return;
            }
            byte[] body = Problems.encode(problem);
            exchange.sendResponseHeaders(problem.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Builds a {@link JdkServerFilter}. Not thread-safe. */
    public static final class Builder {

        private String correlationHeader = "X-Correlation-ID";
        private String deadlineHeader = "X-Deadline-Ms";
        private TimeSource time = TimeSource.system();
        private RandomSource random = RandomSource.system();

        private Builder() {}

        /** The header field of the correlation id. */
        public Builder correlationHeader(String name) {
            Headers.of(name, "");
            this.correlationHeader = name;
            return this;
        }

        /** The header field of the remaining milliseconds. */
        public Builder deadlineHeader(String name) {
            Headers.of(name, "");
            this.deadlineHeader = name;
            return this;
        }

        /** Where to read time; the same as that of the clients whose calls the handlers make. */
        public Builder timeSource(TimeSource source) {
            this.time = source;
            return this;
        }

        /** Where the chance in new correlation ids comes from. */
        public Builder randomSource(RandomSource source) {
            this.random = source;
            return this;
        }

        /** The filter. */
        public JdkServerFilter build() {
            return new JdkServerFilter(this);
        }
    }
}
