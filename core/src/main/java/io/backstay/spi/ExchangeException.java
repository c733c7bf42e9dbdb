package io.backstay.spi;

import io.backstay.FailureKind;
import org.jspecify.annotations.Nullable;

/**
 * A transport's word that an exchange came to no whole response: what kind of failure it was, and whether the request may
 * have left this process. Carries no stack trace of its own; its cause has one.
 */
public final class ExchangeException extends Exception {

    private static final long serialVersionUID = 1L;

    private final FailureKind kind;
    private final boolean mayHaveBeenSent;

    /**
     * A failure with its kind.
     *
     * @param mayHaveBeenSent false only when it is certain that no octet of the request has left
     * @param message what happened, without header values, bodies and other secrets
     */
    public ExchangeException(FailureKind kind, boolean mayHaveBeenSent, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.kind = kind;
        this.mayHaveBeenSent = mayHaveBeenSent;
    }

    /**
     * A failure that is told by its kind in words and the address that was called, and nothing else.
     *
     * @param mayHaveBeenSent false only when it is certain that no octet of the request has left
     */
    public static ExchangeException of(
            FailureKind kind, boolean mayHaveBeenSent, TransportRequest request, @Nullable Throwable cause) {
        String message = kind.words() + ": " + request.instance().address();
        return new ExchangeException(kind, mayHaveBeenSent, message, cause);
    }

    /** What went wrong. */
    public FailureKind kind() {
        return kind;
    }

    /** False only when it is certain that no octet of the request has left this process. */
    public boolean mayHaveBeenSent() {
        return mayHaveBeenSent;
    }
}
