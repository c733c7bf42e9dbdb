package io.backstay.spi;

import org.jspecify.annotations.Nullable;

/** A store's word that an operation has not been done, or that it is not known whether it has. Carries no stack trace of its own. */
public final class StateStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why an operation failed. */
    public enum Reason {
        /** The store cannot be reached. */
        UNAVAILABLE,
        /** No answer came within the command timeout. */
        TIMED_OUT,
        /** Too many operations are on their way, in this process or in the store. */
        OVERLOADED,
        /** The store has no room for more; removals and renewals still pass. */
        FULL,
        /** The store will not do it: wrong credentials, missing rights, a version or a kind that cannot be used. */
        REFUSED,
        /** What the store holds cannot be understood. */
        DAMAGED,
        /** It was closed here. */
        CLOSED
    }

    private final Reason reason;
    private final boolean mayHaveBeenDone;

    /**
     * A failure with its reason.
     *
     * @param mayHaveBeenDone false only when it is certain that the store has changed nothing
     * @param message what happened, without values and secrets
     */
    public StateStoreException(Reason reason, boolean mayHaveBeenDone, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.reason = reason;
        this.mayHaveBeenDone = mayHaveBeenDone;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** Whether a change may have been made all the same. */
    public boolean mayHaveBeenDone() {
        return mayHaveBeenDone;
    }

    /** Whether the same may go well later, without anybody mending anything. */
    public boolean isTransient() {
        return switch (reason) {
            case UNAVAILABLE, TIMED_OUT, OVERLOADED, FULL -> true;
            case REFUSED, DAMAGED, CLOSED -> false;
        };
    }
}
