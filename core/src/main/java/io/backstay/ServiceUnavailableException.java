package io.backstay;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The service cannot answer now: unreachable, too slow, refused by a guard, or it said so itself with 502, 503 or 504 (the
 * cause is then the {@link HttpStatusException}). The same call may succeed later.
 */
public class ServiceUnavailableException extends CallException {

    private static final long serialVersionUID = 1L;

    private final @Nullable Duration retryAfter;

    /** The service said so itself. */
    public ServiceUnavailableException(HttpStatusException answer) {
        super(answer.problem(), FailureKind.STATUS, answer.details(), answer, true);
        this.retryAfter = answer.retryAfter().orElse(null);
    }

    ServiceUnavailableException(
            String problem,
            FailureKind kind,
            CallDetails details,
            @Nullable Throwable cause,
            boolean hasStackTrace,
            @Nullable Duration retryAfter) {
        super(problem, kind, details, cause, hasStackTrace);
        this.retryAfter = retryAfter;
    }

    /** Whether the same call may well succeed later: always, but for failures that would only repeat themselves. */
    @Override
    public final boolean isTransient() {
        return kind() == FailureKind.STATUS || kind().isTransient();
    }

    /** How long to wait before trying again, where the server or the guard said so. */
    public final Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
