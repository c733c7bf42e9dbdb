package io.backstay;

import java.util.EnumMap;
import java.util.Map;

/**
 * How many calls run at once: a fixed number, or one that follows the latency. Immutable.
 *
 * <p>The limit is shared by priority. Each priority is promised a share of it, by default {@link Priority#CRITICAL} 20 %,
 * {@link Priority#HIGH} 15 %, {@link Priority#NORMAL} 10 % and {@link Priority#LOW} 5 %, each rounded up; what is promised to one
 * stays free for it. The rest is for all. Where so many small shares do not fit a small limit, the greater priority is served
 * first, and one permit always stays for all.
 */
public final class ConcurrencyPolicy {

    private static final ConcurrencyPolicy UNLIMITED =
            new ConcurrencyPolicy(builder().withoutShares(), Kind.UNLIMITED);
    private static final ConcurrencyPolicy ADAPTIVE = builder().adaptive().build();

    private enum Kind {
        UNLIMITED,
        FIXED,
        ADAPTIVE
    }

    private final Kind kind;
    private final int limit;
    private final int initialLimit;
    private final int minLimit;
    private final int maxLimit;
    private final double smoothing;
    private final double tolerance;
    private final int maxWaiting;
    private final Map<Priority, Double> shares;

    private ConcurrencyPolicy(Builder builder, Kind kind) {
        this.kind = kind;
        this.limit = builder.limit;
        this.initialLimit = builder.initialLimit;
        this.minLimit = builder.minLimit;
        this.maxLimit = builder.maxLimit;
        this.smoothing = builder.smoothing;
        this.tolerance = builder.tolerance;
        this.maxWaiting = builder.maxWaiting;
        this.shares = new EnumMap<>(builder.shares);
    }

    /** No limit but that of the counters, 65,534. */
    public static ConcurrencyPolicy unlimited() {
        return UNLIMITED;
    }

    /** So many at once, with the default shares. */
    public static ConcurrencyPolicy fixed(int limit) {
        return builder().limit(limit).build();
    }

    /** A limit that follows the latency, from 5 to 200 and first 20, with the default shares. */
    public static ConcurrencyPolicy adaptive() {
        return ADAPTIVE;
    }

    /** Starts from a fixed limit of 100. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy; what it builds has a limit, even when this one has none. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.adaptive = kind == Kind.ADAPTIVE;
        builder.limit = limit;
        builder.initialLimit = initialLimit;
        builder.minLimit = minLimit;
        builder.maxLimit = maxLimit;
        builder.smoothing = smoothing;
        builder.tolerance = tolerance;
        builder.maxWaiting = maxWaiting;
        builder.shares.putAll(shares);
        return builder;
    }

    /** Whether there is a limit at all. */
    public boolean enabled() {
        return kind != Kind.UNLIMITED;
    }

    /** Whether the limit follows the latency. */
    public boolean isAdaptive() {
        return kind == Kind.ADAPTIVE;
    }

    /** The limit, where it is fixed. */
    public int limit() {
        return limit;
    }

    /** The first limit, where it is adaptive. */
    public int initialLimit() {
        return initialLimit;
    }

    /** The least limit, where it is adaptive. */
    public int minLimit() {
        return minLimit;
    }

    /** The greatest limit, where it is adaptive. */
    public int maxLimit() {
        return maxLimit;
    }

    /** How much of each change an adaptive limit takes, from 0 to 1. */
    public double smoothing() {
        return smoothing;
    }

    /** By what factor the latency may exceed that without load before an adaptive limit shrinks. */
    public double tolerance() {
        return tolerance;
    }

    /** How many callers may wait for a permit at once. */
    public int maxWaiting() {
        return maxWaiting;
    }

    /** The share that a priority is promised, in percent of the limit. */
    public double share(Priority priority) {
        return shares.getOrDefault(priority, 0.0);
    }

    @Override
    public String toString() {
        return switch (kind) {
            case UNLIMITED -> "ConcurrencyPolicy[unlimited]";
            case FIXED -> "ConcurrencyPolicy[" + limit + ", " + maxWaiting + " waiting, shares " + shares + "]";
            case ADAPTIVE ->
                "ConcurrencyPolicy[adaptive " + minLimit + " to " + maxLimit + ", first " + initialLimit
                        + ", smoothing " + smoothing + ", tolerance " + tolerance + ", " + maxWaiting
                        + " waiting, shares " + shares + "]";
        };
    }

    /** Builds a {@link ConcurrencyPolicy}. Not thread-safe. */
    public static final class Builder {

        private boolean adaptive;
        private int limit = Settings.CONCURRENCY_LIMIT.defaultValue();
        private int initialLimit = Settings.CONCURRENCY_INITIAL.defaultValue();
        private int minLimit = Settings.CONCURRENCY_MIN.defaultValue();
        private int maxLimit = Settings.CONCURRENCY_MAX.defaultValue();
        private double smoothing = Settings.CONCURRENCY_SMOOTHING.defaultValue();
        private double tolerance = Settings.CONCURRENCY_TOLERANCE.defaultValue();
        private int maxWaiting = Settings.CONCURRENCY_MAX_WAITING.defaultValue();
        private final Map<Priority, Double> shares = new EnumMap<>(Priority.class);

        private Builder() {
            for (Priority priority : Priority.values()) {
                shares.put(priority, setting(priority).defaultValue());
            }
        }

        private static Setting<Double> setting(Priority priority) {
            return switch (priority) {
                case CRITICAL -> Settings.CONCURRENCY_SHARE_CRITICAL;
                case HIGH -> Settings.CONCURRENCY_SHARE_HIGH;
                case NORMAL -> Settings.CONCURRENCY_SHARE_NORMAL;
                case LOW -> Settings.CONCURRENCY_SHARE_LOW;
            };
        }

        /** A fixed limit; 1 to 30,000, default 100. */
        public Builder limit(int calls) {
            this.limit = Settings.CONCURRENCY_LIMIT.check(calls);
            this.adaptive = false;
            return this;
        }

        /** A limit that follows the latency. */
        public Builder adaptive() {
            this.adaptive = true;
            return this;
        }

        /** The first limit of an adaptive one; default 20. */
        public Builder initialLimit(int calls) {
            this.initialLimit = Settings.CONCURRENCY_INITIAL.check(calls);
            return this;
        }

        /** The least limit of an adaptive one; default 5. */
        public Builder minLimit(int calls) {
            this.minLimit = Settings.CONCURRENCY_MIN.check(calls);
            return this;
        }

        /** The greatest limit of an adaptive one; default 200. */
        public Builder maxLimit(int calls) {
            this.maxLimit = Settings.CONCURRENCY_MAX.check(calls);
            return this;
        }

        /** How much of each change an adaptive limit takes; 0.01 to 1, default 0.2. */
        public Builder smoothing(double factor) {
            this.smoothing = Settings.CONCURRENCY_SMOOTHING.check(factor);
            return this;
        }

        /** By what factor the latency may exceed that without load; 1 to 2, default 1.5. */
        public Builder tolerance(double factor) {
            this.tolerance = Settings.CONCURRENCY_TOLERANCE.check(factor);
            return this;
        }

        /** How many callers may wait for a permit at once; 0 to 10,000, default 100. */
        public Builder maxWaiting(int callers) {
            this.maxWaiting = Settings.CONCURRENCY_MAX_WAITING.check(callers);
            return this;
        }

        /** What a priority is promised, in percent of the limit; 0 to 100, together at most 100. */
        public Builder share(Priority priority, double percent) {
            Require.nonNull("priority of a concurrency share", priority);
            shares.put(priority, setting(priority).check(percent));
            return this;
        }

        /** Nothing is promised; the limit is for all alike, but who waits is still served by priority. */
        public Builder withoutShares() {
            shares.replaceAll((priority, share) -> 0.0);
            return this;
        }

        /**
         * The policy.
         *
         * @throws ConfigurationException when the shares exceed 100 % together, or an adaptive limit does not begin between
         *     its least and its greatest value
         */
        public ConcurrencyPolicy build() {
            double sum =
                    shares.values().stream().mapToDouble(Double::doubleValue).sum();
            if (sum > 100) {
                throw new ConfigurationException("concurrency.share-critical, -high, -normal and -low cannot be " + sum
                        + " together; allowed: up to 100.0");
            }
            if (adaptive && (initialLimit < minLimit || initialLimit > maxLimit)) {
                throw new ConfigurationException(Settings.CONCURRENCY_INITIAL.name() + " cannot be " + initialLimit
                        + "; allowed: from " + Settings.CONCURRENCY_MIN.name() + " " + minLimit + " to "
                        + Settings.CONCURRENCY_MAX.name() + " " + maxLimit);
            }
            return new ConcurrencyPolicy(this, adaptive ? Kind.ADAPTIVE : Kind.FIXED);
        }
    }
}
