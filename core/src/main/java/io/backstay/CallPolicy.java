package io.backstay;

import java.time.Duration;

/**
 * How the calls of a service are kept working: deadline, time of an attempt, retry, circuit breaker, sizes. Immutable. A
 * request may shorten or lengthen what concerns itself, as {@link ServiceRequest#deadline}.
 */
public final class CallPolicy {

    private static final CallPolicy DEFAULT = builder().build();

    private final Duration deadline;
    private final Duration attemptTimeout;
    private final RetryPolicy retry;
    private final CircuitBreakerPolicy breaker;
    private final long maxRequestBytes;
    private final long maxResponseBytes;
    private final Duration idleTimeout;
    private final int maxRedirects;
    private final boolean decompression;

    private CallPolicy(Builder builder) {
        this.deadline = builder.deadline;
        this.attemptTimeout = builder.attemptTimeout;
        this.retry = builder.retry;
        this.breaker = builder.breaker;
        this.maxRequestBytes = builder.maxRequestBytes;
        this.maxResponseBytes = builder.maxResponseBytes;
        this.idleTimeout = builder.idleTimeout;
        this.maxRedirects = builder.maxRedirects;
        this.decompression = builder.decompression;
    }

    /** The defaults: deadline 30 s, attempt 10 s, 3 attempts, breaker by rate, responses to 16 MiB. */
    public static CallPolicy standard() {
        return DEFAULT;
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.deadline = deadline;
        builder.attemptTimeout = attemptTimeout;
        builder.retry = retry;
        builder.breaker = breaker;
        builder.maxRequestBytes = maxRequestBytes;
        builder.maxResponseBytes = maxResponseBytes;
        builder.idleTimeout = idleTimeout;
        builder.maxRedirects = maxRedirects;
        builder.decompression = decompression;
        return builder;
    }

    /** Total time of a call. */
    public Duration deadline() {
        return deadline;
    }

    /** Time of one attempt, never longer than what remains of the deadline. */
    public Duration attemptTimeout() {
        return attemptTimeout;
    }

    /** What is tried again. */
    public RetryPolicy retry() {
        return retry;
    }

    /** When calls are refused for a while. */
    public CircuitBreakerPolicy breaker() {
        return breaker;
    }

    /** Greatest length of a request's body in octets, unless it is streamed. */
    public long maxRequestBytes() {
        return maxRequestBytes;
    }

    /** Greatest length of a response's body in octets, unless it is streamed. */
    public long maxResponseBytes() {
        return maxResponseBytes;
    }

    /** How long a read of a streamed response may wait for the next octet. */
    public Duration idleTimeout() {
        return idleTimeout;
    }

    /** How many redirections an attempt follows. */
    public int maxRedirects() {
        return maxRedirects;
    }

    /** Whether gzip is asked for and unpacked. */
    public boolean decompression() {
        return decompression;
    }

    @Override
    public String toString() {
        return "CallPolicy[deadline=" + deadline + ", attemptTimeout=" + attemptTimeout + ", retry=" + retry
                + ", breaker=" + breaker + ", maxRequestBytes=" + maxRequestBytes + ", maxResponseBytes="
                + maxResponseBytes + ", idleTimeout=" + idleTimeout + ", maxRedirects=" + maxRedirects
                + ", decompression="
                + decompression + "]";
    }

    /** Builds a {@link CallPolicy}. Not thread-safe. */
    public static final class Builder {

        private Duration deadline = Settings.DEADLINE.defaultValue();
        private Duration attemptTimeout = Settings.ATTEMPT_TIMEOUT.defaultValue();
        private RetryPolicy retry = RetryPolicy.standard();
        private CircuitBreakerPolicy breaker = CircuitBreakerPolicy.rate();
        private long maxRequestBytes = Settings.MAX_REQUEST_BYTES.defaultValue();
        private long maxResponseBytes = Settings.MAX_RESPONSE_BYTES.defaultValue();
        private Duration idleTimeout = Settings.IDLE_TIMEOUT.defaultValue();
        private int maxRedirects = Settings.MAX_REDIRECTS.defaultValue();
        private boolean decompression = Settings.DECOMPRESSION.defaultValue();

        private Builder() {}

        /** Total time of a call; 1 ms to 1 day, default 30 s. */
        public Builder deadline(Duration time) {
            this.deadline = Settings.DEADLINE.check(time);
            return this;
        }

        /** Time of one attempt; 1 ms to 1 day, default 10 s. */
        public Builder attemptTimeout(Duration time) {
            this.attemptTimeout = Settings.ATTEMPT_TIMEOUT.check(time);
            return this;
        }

        /** What is tried again. */
        public Builder retry(RetryPolicy policy) {
            this.retry = Require.nonNull("retry policy", policy);
            return this;
        }

        /** When calls are refused for a while. */
        public Builder breaker(CircuitBreakerPolicy policy) {
            this.breaker = Require.nonNull("breaker policy", policy);
            return this;
        }

        /** Greatest length of a request's body in octets, unless it is streamed; default 64 MiB. */
        public Builder maxRequestBytes(long bytes) {
            this.maxRequestBytes = Settings.MAX_REQUEST_BYTES.check(bytes);
            return this;
        }

        /** Greatest length of a response's body in octets, unless it is streamed; default 16 MiB. */
        public Builder maxResponseBytes(long bytes) {
            this.maxResponseBytes = Settings.MAX_RESPONSE_BYTES.check(bytes);
            return this;
        }

        /**
         * How long a read of a streamed response may wait for the next octet; 1 ms to 1 day, default 60 s, as reverse proxies
         * have it.
         */
        public Builder idleTimeout(Duration time) {
            this.idleTimeout = Settings.IDLE_TIMEOUT.check(time);
            return this;
        }

        /**
         * How many redirections an attempt follows, within its time; 0 to 20, default 0: the redirection is then the answer.
         * Another origin is sent no credentials, https never goes on as http, and a streamed body is not sent again.
         */
        public Builder maxRedirects(int number) {
            this.maxRedirects = Settings.MAX_REDIRECTS.check(number);
            return this;
        }

        /**
         * Whether gzip is asked for and unpacked; true by default. A request with an {@code Accept-Encoding} of its own gets
         * the body as it comes.
         */
        public Builder decompression(boolean on) {
            this.decompression = on;
            return this;
        }

        /** The policy. */
        public CallPolicy build() {
            return new CallPolicy(this);
        }
    }
}
