package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How long a breaker stays open. */
final class OpenTime {

    /** What a wait is jittered by: up to a tenth more, so that many callers do not come back at once. */
    private static final double JITTER = 0.1;
    /** A server that asks for no wait at all gets one all the same, lest the breaker protect nothing. */
    private static final long LEAST_ASKED_NANOS = Duration.ofSeconds(1).toNanos();
    /** 2 to this power is more than the longest time over the shortest; doubling further could only overflow. */
    private static final int MOST_DOUBLINGS = 40;

    private OpenTime() {}

    /**
     * The policy's time, doubled for each opening in a row but the first where it grows; or what the server asked for.
     *
     * @param opening the how-many-th opening in a row, from 1
     */
    static long nanos(CircuitBreakerPolicy policy, int opening, @Nullable Duration retryAfter, RandomGenerator random) {
        long openNanos = policy.openTime().toNanos();
        if (retryAfter != null && policy.followsRetryAfter()) {
            long least = Math.min(openNanos, LEAST_ASKED_NANOS);
            return jittered((double) Math.max(least, Nanos.of(retryAfter)), policy, random);
        }
        if (!policy.growsOpenTime()) {
            return openNanos;
        }
        return jittered(openNanos * Math.pow(2, Math.min(opening - 1, MOST_DOUBLINGS)), policy, random);
    }

    /** Evenly between the wait and a tenth more, within the maximum; between nine tenths of the maximum and all of it beyond. */
    private static long jittered(double wait, CircuitBreakerPolicy policy, RandomGenerator random) {
        double most = policy.maxOpenTime().toNanos();
        double from = wait < most ? wait : most * (1 - JITTER);
        double to = Math.min(from * (1 + JITTER), most);
        return (long) (from + random.nextDouble() * Math.max(0, to - from));
    }
}
