package io.backstay;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which instance an attempt goes to. Immutable.
 *
 * <p>First come the instances of the own zone, then those of the own region, then all others: a farther group gets a share of the calls
 * as soon as less than the spill share of the nearer one is healthy. Among those of a group the balancer chooses. Where less than the
 * panic share is healthy and no group has health to spare, all are used, ejected ones and those that are down too: better some calls fail
 * than that the few that are left break under all of them.
 */
public final class BalancePolicy {

    /** Of two chosen by chance the one with less latency times attempts in progress. The default. */
    public static final String PEAK_EWMA = "peak-ewma";

    /** In turn, by weight, each instance's turns spread as evenly as can be. */
    public static final String ROUND_ROBIN = "round-robin";

    /** The one with the fewest attempts in progress for its weight. */
    public static final String LEAST_REQUESTS = "least-requests";

    /** By chance, by weight. */
    public static final String RANDOM = "random";

    /** Calls with the same key go to the same instance, as long as it is there; those without a key as by {@link #PEAK_EWMA}. */
    public static final String CONSISTENT_HASH = "consistent-hash";

    /** Nearer to the mean nearly every call would be passed on. */
    private static final double LEAST_LOAD_BOUND = 1.05;

    private static final BalancePolicy DEFAULT = builder().build();

    private final String balancer;
    private final Duration decay;
    private final Duration slowStart;
    private final @Nullable String keyHeader;
    private final double loadBound;
    private final double panicPercent;
    private final double spillPercent;
    private final boolean prediction;

    private BalancePolicy(Builder builder) {
        this.balancer = builder.balancer;
        this.decay = builder.decay;
        this.slowStart = builder.slowStart;
        this.keyHeader = builder.keyHeader;
        this.loadBound = builder.loadBound;
        this.panicPercent = builder.panicPercent;
        this.spillPercent = builder.spillPercent;
        this.prediction = builder.prediction;
    }

    /** The defaults. */
    public static BalancePolicy standard() {
        return DEFAULT;
    }

    /** The defaults with another balancer. */
    public static BalancePolicy of(String balancer) {
        return builder().balancer(balancer).build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.balancer = balancer;
        builder.decay = decay;
        builder.slowStart = slowStart;
        builder.keyHeader = keyHeader;
        builder.loadBound = loadBound;
        builder.panicPercent = panicPercent;
        builder.spillPercent = spillPercent;
        builder.prediction = prediction;
        return builder;
    }

    /** The name of the balancer. */
    public String balancer() {
        return balancer;
    }

    /** How far back latencies count. */
    public Duration decay() {
        return decay;
    }

    /** How long a new or returned instance takes to get all its calls. */
    public Duration slowStart() {
        return slowStart;
    }

    /** The header field of the request whose value is its key, where it sets none of its own. */
    public Optional<String> keyHeader() {
        return Optional.ofNullable(keyHeader);
    }

    /** How many times the mean load an instance gets of calls with a key before they go on to the next; 0 for no bound. */
    public double loadBound() {
        return loadBound;
    }

    /** The share of healthy instances, in percent, below which all are used. */
    public double panicPercent() {
        return panicPercent;
    }

    /** The share of healthy instances, in percent, below which calls go to farther ones too. */
    public double spillPercent() {
        return spillPercent;
    }

    /** Whether an instance that degrades gets less and is warned of. */
    public boolean prediction() {
        return prediction;
    }

    @Override
    public String toString() {
        return "BalancePolicy[" + balancer + ", decay=" + decay + ", slowStart=" + slowStart + ", keyHeader="
                + keyHeader
                + ", loadBound=" + loadBound + ", panicPercent=" + panicPercent + ", spillPercent=" + spillPercent
                + ", prediction=" + prediction + "]";
    }

    /** Builds a {@link BalancePolicy}. Not thread-safe. */
    public static final class Builder {

        private String balancer = Settings.BALANCER.defaultValue();
        private Duration decay = Settings.BALANCER_DECAY.defaultValue();
        private Duration slowStart = Settings.BALANCER_SLOW_START.defaultValue();
        private @Nullable String keyHeader;
        private double loadBound = Settings.BALANCER_LOAD_BOUND.defaultValue();
        private double panicPercent = Settings.BALANCER_PANIC_PERCENT.defaultValue();
        private double spillPercent = Settings.BALANCER_SPILL_PERCENT.defaultValue();
        private boolean prediction = Settings.BALANCER_PREDICTION.defaultValue();

        private Builder() {}

        /** One of the names above, or that of a balancer of the user's own; default {@link #PEAK_EWMA}. */
        public Builder balancer(String name) {
            this.balancer = Require.name("balancer", name);
            return this;
        }

        /** How far back latencies count; 100 ms to 1 h, default 10 s. */
        public Builder decay(Duration time) {
            this.decay = Settings.BALANCER_DECAY.check(time);
            return this;
        }

        /** From a tenth of its calls to all of them; 0 to 1 h, default 30 s; 0 is at once. */
        public Builder slowStart(Duration time) {
            this.slowStart = Settings.BALANCER_SLOW_START.check(time);
            return this;
        }

        /** Whose value is the key of {@link #CONSISTENT_HASH}; none by default. */
        public Builder keyHeader(String name) {
            try {
                Headers.of(name, "");
            } catch (InvalidRequestException e) {
                throw new ConfigurationException(
                        Settings.BALANCER_KEY_HEADER.name() + " is no name of a header field", e);
            }
            this.keyHeader = name;
            return this;
        }

        /** How many times the mean load an instance may get of calls with a key; 0 (no bound, the default) or 1.05 to 100. */
        public Builder loadBound(double times) {
            double checked = Settings.BALANCER_LOAD_BOUND.check(times);
            if (checked > 0 && checked < LEAST_LOAD_BOUND) {
                throw new ConfigurationException(Settings.BALANCER_LOAD_BOUND.name() + " cannot be " + times
                        + "; allowed: 0, or from " + LEAST_LOAD_BOUND + " to 100");
            }
            this.loadBound = checked;
            return this;
        }

        /** Below which share of healthy instances all are used; 0 (never) to 100, default 50. */
        public Builder panicPercent(double percent) {
            this.panicPercent = Settings.BALANCER_PANIC_PERCENT.check(percent);
            return this;
        }

        /** Below which share of healthy instances calls go to farther ones too; 1 to 100, default 72. */
        public Builder spillPercent(double percent) {
            this.spillPercent = Settings.BALANCER_SPILL_PERCENT.check(percent);
            return this;
        }

        /** Whether an instance that degrades gets less and is warned of; true by default. */
        public Builder prediction(boolean on) {
            this.prediction = on;
            return this;
        }

        /** The policy. */
        public BalancePolicy build() {
            return new BalancePolicy(this);
        }
    }
}
