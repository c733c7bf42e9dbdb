package io.backstay;

import org.jspecify.annotations.Nullable;

/** No answer in time: the last attempt took too long, or the call's deadline has passed. */
public final class CallTimeoutException extends ServiceUnavailableException {

    private static final long serialVersionUID = 1L;

    private final boolean deadlinePassed;

    /** Which limit it was, and the failure that preceded it. */
    public CallTimeoutException(
            String problem, CallDetails details, boolean deadlinePassed, @Nullable Throwable cause) {
        super(problem, FailureKind.TIMEOUT, details, cause, true, null);
        this.deadlinePassed = deadlinePassed;
    }

    /** Whether the deadline of the whole call has passed, and not only the time of one attempt. */
    public boolean deadlinePassed() {
        return deadlinePassed;
    }
}
