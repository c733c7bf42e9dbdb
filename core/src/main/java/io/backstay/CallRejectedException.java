package io.backstay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A guard refused the call; nothing was sent. Carries no stack trace: it is thrown in great numbers just when there is no
 * time for one, and its message says all.
 */
public final class CallRejectedException extends ServiceUnavailableException {

    private static final long serialVersionUID = 1L;

    private final String guard;

    /** Which guard refused and why. */
    public CallRejectedException(String guard, String problem, CallDetails details, @Nullable Duration retryAfter) {
        super(guard + " refused: " + problem, FailureKind.REJECTED, details, null, false, retryAfter);
        this.guard = guard;
    }

    /** What refused, as {@code circuit breaker}, {@code balancer} or {@code shut-down}. */
    public String guard() {
        return guard;
    }
}
