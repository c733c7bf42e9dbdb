package io.backstay;

import org.jspecify.annotations.Nullable;

/** The exchange itself failed: see {@link #kind()} for where. */
public final class TransportException extends ServiceUnavailableException {

    private static final long serialVersionUID = 1L;

    /** What went wrong, as a sentence, with the transport's own failure as cause. */
    public TransportException(String problem, FailureKind kind, CallDetails details, @Nullable Throwable cause) {
        super(problem, kind, details, cause, true, null);
    }
}
