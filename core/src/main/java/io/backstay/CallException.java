package io.backstay;

import org.jspecify.annotations.Nullable;

/**
 * The root of all failures of a call. Catch {@link ServiceUnavailableException} for all that means "not now",
 * {@link HttpStatusException} for what the server refused, this one for anything.
 */
public abstract class CallException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final CallDetails details;
    private final FailureKind kind;
    private final String problem;

    CallException(String problem, FailureKind kind, CallDetails details, @Nullable Throwable cause) {
        this(problem, kind, details, cause, true);
    }

    CallException(
            String problem, FailureKind kind, CallDetails details, @Nullable Throwable cause, boolean hasStackTrace) {
        super(details + ": " + problem, cause, true, hasStackTrace);
        this.details = details;
        this.kind = kind;
        this.problem = problem;
    }

    /** Why the call failed. */
    public FailureKind kind() {
        return kind;
    }

    /** What went wrong, without the details that {@link #getMessage()} begins with. */
    public final String problem() {
        return problem;
    }

    /** Whether the same call may well succeed later. */
    public boolean isTransient() {
        return kind.isTransient();
    }

    /** Service, instance, method, path template, attempts, elapsed time, and whether the server may have seen it. */
    public CallDetails details() {
        return details;
    }
}
