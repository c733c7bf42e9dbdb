package io.backstay;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * How long to wait before each retry. Immutable and thread-safe: the previous delay is handed in, not remembered.
 *
 * <p>Formulas of the jitters are those of "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
public final class Backoff {

    private static final Backoff DEFAULT = exponential(
                    Settings.RETRY_DELAY.defaultValue(), 2, Settings.RETRY_MAX_DELAY.defaultValue())
            .withFullJitter();

    private final String words;
    private final Formula formula;

    private Backoff(String words, Formula formula) {
        this.words = words;
        this.formula = formula;
    }

    /** Exponential from 100 ms to 2 s, doubling, with full jitter. */
    public static Backoff standard() {
        return DEFAULT;
    }

    /** No wait at all. */
    public static Backoff none() {
        return fixed(Duration.ZERO);
    }

    /** The same wait each time. */
    public static Backoff fixed(Duration delay) {
        long nanos = Settings.RETRY_DELAY.check(delay).toNanos();
        return new Backoff("fixed " + delay, (retry, previous, random) -> nanos);
    }

    /** {@code first × retry}: 1 s, 2 s, 3 s, … up to a greatest one. */
    public static Backoff linear(Duration first, Duration greatest) {
        long firstNanos = Settings.RETRY_DELAY.check(first).toNanos();
        long most = atLeast(first, greatest);
        return new Backoff("linear " + first + " to " + greatest, (retry, previous, random) ->
                (long) Math.min((double) firstNanos * retry, (double) most));
    }

    /**
     * {@code first × factor^(retry − 1)}: with 1 s, 2 and 8 s the waits are 1, 2, 4, 8, 8, … s.
     *
     * @param factor by how much each wait is longer than the one before; 1 to 100
     */
    public static Backoff exponential(Duration first, double factor, Duration greatest) {
        if (!(factor >= 1 && factor <= 100)) {
            throw new ConfigurationException("retry backoff factor cannot be " + factor + "; allowed: from 1 to 100");
        }
        long firstNanos = Settings.RETRY_DELAY.check(first).toNanos();
        long most = atLeast(first, greatest);
        return new Backoff("exponential " + first + " × " + factor + " to " + greatest, (retry, previous, random) ->
                (long) Math.min(firstNanos * Math.pow(factor, retry - 1), (double) most));
    }

    /** Waits from a list, the last one repeated. */
    public static Backoff of(Duration... delays) {
        if (delays.length == 0) {
            throw new ConfigurationException("a backoff from a list needs at least one delay");
        }
        long[] nanos = new long[delays.length];
        for (int i = 0; i < delays.length; i++) {
            nanos[i] = Settings.RETRY_DELAY.check(delays[i]).toNanos();
        }
        return new Backoff(
                "of " + List.of(delays), (retry, previous, random) -> nanos[Math.min(retry, nanos.length) - 1]);
    }

    /** Decorrelated jitter: evenly between {@code first} and three times the previous wait, up to a greatest one. */
    public static Backoff decorrelated(Duration first, Duration greatest) {
        long least = Settings.RETRY_DELAY.check(first).toNanos();
        long most = atLeast(first, greatest);
        return new Backoff("decorrelated " + first + " to " + greatest, (retry, previous, random) -> {
            double ceiling = Math.min((double) most, 3.0 * Math.max(previous, least));
            return (long) (least + random.nextDouble() * (ceiling - least));
        });
    }

    /** Each wait evenly between nothing and what it would have been. */
    public Backoff withFullJitter() {
        return new Backoff(words + ", full jitter", (retry, previous, random) ->
                (long) (random.nextDouble() * formula.delayNanos(retry, previous, random)));
    }

    /** Each wait evenly between half of what it would have been and all of it. */
    public Backoff withEqualJitter() {
        return new Backoff(words + ", equal jitter", (retry, previous, random) -> {
            long whole = formula.delayNanos(retry, previous, random);
            return whole / 2 + (long) (random.nextDouble() * (whole - whole / 2));
        });
    }

    /**
     * How long to wait.
     *
     * @param retry which retry is waited for, from 1
     * @param previous the wait before the previous retry; zero for the first
     */
    public Duration delay(int retry, Duration previous, RandomGenerator random) {
        return Duration.ofNanos(formula.delayNanos(retry, previous.toNanos(), random));
    }

    private static long atLeast(Duration first, Duration greatest) {
        Settings.RETRY_MAX_DELAY.check(greatest);
        if (greatest.compareTo(first) < 0) {
            throw new ConfigurationException(
                    "retry.max-delay cannot be " + greatest + ": it is shorter than the first delay, " + first);
        }
        return greatest.toNanos();
    }

    @Override
    public String toString() {
        return words;
    }

    @FunctionalInterface
    private interface Formula {
        long delayNanos(int retry, long previousNanos, RandomGenerator random);
    }
}
