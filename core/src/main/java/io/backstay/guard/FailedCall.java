package io.backstay.guard;

import io.backstay.CallException;
import io.backstay.UnexpectedCallException;

/** Carries the failure of a guarded call, with what is known of the call, to whoever decides what to make of it. */
final class FailedCall extends Exception {

    private static final long serialVersionUID = 1L;

    final transient GuardedCall call;
    final Exception failure;

    FailedCall(GuardedCall call, Exception failure) {
        super(null, null, false, false);
        this.call = call;
        this.failure = failure;
    }

    /** What the code threw is the cause, unless it is one itself. */
    CallException asCallException() {
        if (failure instanceof CallException same) {
            return same;
        }
        return Verdicts.isGivenUp(failure)
                ? GuardFailures.cancelled(call, "the guarded code was cancelled", failure)
                : new UnexpectedCallException("the guarded code failed", call.details(call.now()), failure);
    }
}
