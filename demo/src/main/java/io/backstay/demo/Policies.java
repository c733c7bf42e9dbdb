package io.backstay.demo;

import io.backstay.CallPolicy;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.RetryPolicy;
import java.time.Duration;

/**
 * How calls are guarded: as by default, with shorter times, since a demo is watched. Each deadline leaves room for all attempts: a
 * timeout that the deadline cut short does not count against the service.
 */
final class Policies {

    /** As by default and 500, since here a 500 says that one instance is broken. */
    private static final RetryPolicy RETRY =
            RetryPolicy.builder().handleStatuses(429, 500, 502, 503, 504).build();

    private static final int MINIMUM_CALLS = 20;
    private static final Duration WINDOW = Duration.ofSeconds(2);

    private Policies() {}

    /** Of one of the demo's services. Knowledge has a fallback, so its callers need not wait as long. */
    static CallPolicy of(Resource resource, Timing timing) {
        return policy(
                resource == Resource.KNOWLEDGE ? Duration.ofSeconds(5) : Duration.ofSeconds(6),
                Duration.ofMillis(1_500),
                timing.openTime());
    }

    /** Of a server of the user's own, which may be further away. */
    static CallPolicy ofTarget() {
        return policy(Duration.ofSeconds(8), Duration.ofSeconds(2), Duration.ofSeconds(5));
    }

    private static CallPolicy policy(Duration deadline, Duration attemptTimeout, Duration openTime) {
        return CallPolicy.builder()
                .deadline(deadline)
                .attemptTimeout(attemptTimeout)
                .retry(RETRY)
                .breaker(CircuitBreakerPolicy.builder()
                        .minimumCalls(MINIMUM_CALLS)
                        .window(WINDOW)
                        .openTime(openTime)
                        .build())
                .build();
    }

    /** A policy in a line that people can read. */
    static String words(CallPolicy policy) {
        CircuitBreakerPolicy breaker = policy.breaker();
        return "attempt " + Figures.plain(policy.attemptTimeout()) + ", deadline " + Figures.plain(policy.deadline())
                + ", " + policy.retry().maxAttempts() + " attempts (500 is tried again too), breaker opens at "
                + Math.round(breaker.failureRate()) + " % of " + breaker.minimumCalls() + " calls or more in "
                + Figures.plain(breaker.window()) + ", open for " + Figures.plain(breaker.openTime());
    }
}
