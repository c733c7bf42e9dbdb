package io.backstay;

import org.jspecify.annotations.Nullable;

/** The caller gave up: its thread was interrupted (the flag is set again) or its future was cancelled. */
public final class CallCancelledException extends CallException {

    private static final long serialVersionUID = 1L;

    /** How it was cancelled. */
    public CallCancelledException(String problem, CallDetails details, @Nullable Throwable cause) {
        super(problem, FailureKind.CANCELLED, details, cause);
    }
}
