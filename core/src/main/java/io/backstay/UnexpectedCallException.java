package io.backstay;

import org.jspecify.annotations.Nullable;

/** A part that Backstay runs (a transport, an interceptor, a codec) threw what it should not have thrown: the cause. */
public final class UnexpectedCallException extends CallException {

    private static final long serialVersionUID = 1L;

    /** Which part threw, and what. */
    public UnexpectedCallException(String problem, CallDetails details, @Nullable Throwable cause) {
        super(problem, FailureKind.UNEXPECTED, details, cause);
    }
}
