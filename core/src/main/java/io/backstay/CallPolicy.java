package io.backstay;

import java.time.Duration;

/**
 * How the calls of a service are kept working: deadline, time of an attempt, retry, circuit breaker, limits, hedging, choice of
 * instances, sizes.
 * Immutable. A request may shorten or lengthen what concerns itself, as {@link ServiceRequest#deadline}.
 */
public final class CallPolicy {

    private static final CallPolicy DEFAULT = builder().build();
    private static final CallPolicy FAIL_CLOSED =
            builder().failureMode(FailureMode.FAIL_CLOSED).build();
    private static final CallPolicy FAIL_OPEN =
            builder().failureMode(FailureMode.FAIL_OPEN).build();
    private static final CallPolicy BEST_EFFORT = builder()
            .failureMode(FailureMode.BEST_EFFORT)
            .retry(RetryPolicy.never())
            .deadline(Duration.ofSeconds(5))
            .build();

    private final Duration deadline;
    private final Duration attemptTimeout;
    private final RetryPolicy retry;
    private final CircuitBreakerPolicy breaker;
    private final ConcurrencyPolicy concurrency;
    private final ConcurrencyPolicy instanceConcurrency;
    private final RatePolicy rate;
    private final HedgePolicy hedge;
    private final BalancePolicy balance;
    private final EjectionPolicy ejection;
    private final long maxRequestBytes;
    private final long maxResponseBytes;
    private final FailureMode failureMode;
    private final Duration idleTimeout;
    private final int maxRedirects;
    private final boolean decompression;

    private CallPolicy(Builder builder) {
        this.deadline = builder.deadline;
        this.attemptTimeout = builder.attemptTimeout;
        this.retry = builder.retry;
        this.breaker = builder.breaker;
        this.concurrency = builder.concurrency;
        this.instanceConcurrency = builder.instanceConcurrency;
        this.rate = builder.rate;
        this.hedge = builder.hedge;
        this.balance = builder.balance;
        this.ejection = builder.ejection;
        this.maxRequestBytes = builder.maxRequestBytes;
        this.maxResponseBytes = builder.maxResponseBytes;
        this.failureMode = builder.failureMode;
        this.idleTimeout = builder.idleTimeout;
        this.maxRedirects = builder.maxRedirects;
        this.decompression = builder.decompression;
    }

    /** The defaults: deadline 30 s, attempt 10 s, 3 attempts, breaker by rate, no limits, no hedges, responses to 16 MiB. */
    public static CallPolicy standard() {
        return DEFAULT;
    }

    /** The defaults, but no fallback ever answers: {@link FailureMode#FAIL_CLOSED}. */
    public static CallPolicy failClosed() {
        return FAIL_CLOSED;
    }

    /** The defaults, but an unavailable service is answered for by an empty value: {@link FailureMode#FAIL_OPEN}. */
    public static CallPolicy failOpen() {
        return FAIL_OPEN;
    }

    /**
     * One attempt within 5 s, and an empty value in place of any failure but a cancelled call, where the wanted type has one: {@link
     * FailureMode#BEST_EFFORT}.
     */
    public static CallPolicy bestEffort() {
        return BEST_EFFORT;
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
        builder.concurrency = concurrency;
        builder.instanceConcurrency = instanceConcurrency;
        builder.rate = rate;
        builder.hedge = hedge;
        builder.balance = balance;
        builder.ejection = ejection;
        builder.maxRequestBytes = maxRequestBytes;
        builder.maxResponseBytes = maxResponseBytes;
        builder.failureMode = failureMode;
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

    /** How many calls of the service may run at once. */
    public ConcurrencyPolicy concurrency() {
        return concurrency;
    }

    /** How many attempts may run at once at each of its instances. */
    public ConcurrencyPolicy instanceConcurrency() {
        return instanceConcurrency;
    }

    /** How many attempts may begin in a second. */
    public RatePolicy rate() {
        return rate;
    }

    /** When a second attempt is sent before the first has answered. */
    public HedgePolicy hedge() {
        return hedge;
    }

    /** Which instance an attempt goes to. */
    public BalancePolicy balance() {
        return balance;
    }

    /** When an instance is left out for a while. */
    public EjectionPolicy ejection() {
        return ejection;
    }

    /** Greatest length of a request's body in octets, unless it is streamed. */
    public long maxRequestBytes() {
        return maxRequestBytes;
    }

    /** Greatest length of a response's body in octets, unless it is streamed. */
    public long maxResponseBytes() {
        return maxResponseBytes;
    }

    /** What a failed call is to its caller. */
    public FailureMode failureMode() {
        return failureMode;
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
                + ", breaker=" + breaker + ", concurrency=" + concurrency + ", instanceConcurrency="
                + instanceConcurrency
                + ", rate=" + rate + ", hedge=" + hedge + ", balance=" + balance + ", ejection=" + ejection
                + ", failureMode=" + failureMode + ", maxRequestBytes="
                + maxRequestBytes + ", maxResponseBytes="
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
        private ConcurrencyPolicy concurrency = ConcurrencyPolicy.unlimited();
        private ConcurrencyPolicy instanceConcurrency = ConcurrencyPolicy.unlimited();
        private RatePolicy rate = RatePolicy.unlimited();
        private HedgePolicy hedge = HedgePolicy.off();
        private BalancePolicy balance = BalancePolicy.standard();
        private EjectionPolicy ejection = EjectionPolicy.standard();
        private long maxRequestBytes = Settings.MAX_REQUEST_BYTES.defaultValue();
        private long maxResponseBytes = Settings.MAX_RESPONSE_BYTES.defaultValue();
        private FailureMode failureMode = FailureMode.STANDARD;
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

        /** How many calls of the service may run at once, shared by priority; unlimited by default. */
        public Builder concurrency(ConcurrencyPolicy policy) {
            this.concurrency = Require.nonNull("concurrency policy", policy);
            return this;
        }

        /** How many attempts may run at once at each of its instances; unlimited by default. Nobody waits for an instance. */
        public Builder instanceConcurrency(ConcurrencyPolicy policy) {
            this.instanceConcurrency = Require.nonNull("instance concurrency policy", policy);
            return this;
        }

        /** How many attempts may begin in a second, shared by priority; unlimited by default. */
        public Builder rate(RatePolicy policy) {
            this.rate = Require.nonNull("rate policy", policy);
            return this;
        }

        /** When a second attempt is sent before the first has answered; never by default. */
        public Builder hedge(HedgePolicy policy) {
            this.hedge = Require.nonNull("hedge policy", policy);
            return this;
        }

        /** Which instance an attempt goes to; power of two choices with peak EWMA by default. */
        public Builder balance(BalancePolicy policy) {
            this.balance = Require.nonNull("balance policy", policy);
            return this;
        }

        /** The same policy with another balancer: a name of {@link BalancePolicy}, or that of one of the user's own. */
        public Builder balancer(String name) {
            this.balance = balance.toBuilder().balancer(name).build();
            return this;
        }

        /** When an instance is left out for a while; after 5 failures in a row by default. */
        public Builder ejection(EjectionPolicy policy) {
            this.ejection = Require.nonNull("ejection policy", policy);
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

        /** What a failed call is to its caller; {@link FailureMode#STANDARD} by default. */
        public Builder failureMode(FailureMode mode) {
            this.failureMode = Require.nonNull("failure mode", mode);
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
