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

    private CallPolicy(Builder builder) {
        this.deadline = builder.deadline;
        this.attemptTimeout = builder.attemptTimeout;
        this.retry = builder.retry;
        this.breaker = builder.breaker;
        this.maxRequestBytes = builder.maxRequestBytes;
        this.maxResponseBytes = builder.maxResponseBytes;
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

    /** Greatest length of a request's body in octets. */
    public long maxRequestBytes() {
        return maxRequestBytes;
    }

    /** Greatest length of a response's body in octets. */
    public long maxResponseBytes() {
        return maxResponseBytes;
    }

    @Override
    public String toString() {
        return "CallPolicy[deadline=" + deadline + ", attemptTimeout=" + attemptTimeout + ", retry=" + retry
                + ", breaker=" + breaker + ", maxRequestBytes=" + maxRequestBytes + ", maxResponseBytes="
                + maxResponseBytes + "]";
    }

    /** Builds a {@link CallPolicy}. Not thread-safe. */
    public static final class Builder {

        private Duration deadline = Settings.DEADLINE.defaultValue();
        private Duration attemptTimeout = Settings.ATTEMPT_TIMEOUT.defaultValue();
        private RetryPolicy retry = RetryPolicy.standard();
        private CircuitBreakerPolicy breaker = CircuitBreakerPolicy.rate();
        private long maxRequestBytes = Settings.MAX_REQUEST_BYTES.defaultValue();
        private long maxResponseBytes = Settings.MAX_RESPONSE_BYTES.defaultValue();

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

        /** Greatest length of a request's body in octets; default 64 MiB. */
        public Builder maxRequestBytes(long bytes) {
            this.maxRequestBytes = Settings.MAX_REQUEST_BYTES.check(bytes);
            return this;
        }

        /** Greatest length of a response's body in octets; default 16 MiB. */
        public Builder maxResponseBytes(long bytes) {
            this.maxResponseBytes = Settings.MAX_RESPONSE_BYTES.check(bytes);
            return this;
        }

        /** The policy. */
        public CallPolicy build() {
            return new CallPolicy(this);
        }
    }
}
