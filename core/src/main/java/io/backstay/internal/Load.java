package io.backstay.internal;

import io.backstay.FailureKind;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;

/** What an attempt says of how much its service can carry; adaptive limits learn from it. */
enum Load {
    /** It was answered; how long that took counts. */
    CARRIED,
    /** It was refused for want of capacity, or not answered in a fair time. */
    OVERLOAD,
    NOTHING;

    static Load of(Attempt attempt) {
        if (attempt.outcome instanceof Answer answer) {
            int status = answer.response().status();
            boolean refused = !answer.accepted() && (status == 429 || status == 503);
            return refused ? OVERLOAD : status >= 500 ? NOTHING : CARRIED;
        }
        boolean timedOut = attempt.outcome instanceof Broken broken
                && (broken.kind() == FailureKind.TIMEOUT || broken.kind() == FailureKind.CONNECT_TIMEOUT);
        return timedOut && attempt.hasFairTimeout() ? OVERLOAD : NOTHING;
    }

    /** Tells the limit of a service, whose permits are those of whole calls. */
    static void tell(ConcurrencyLimit limit, Attempt attempt) {
        switch (of(attempt)) {
            case CARRIED -> limit.onLatency(attempt.endNanos - attempt.startNanos, attempt.endNanos);
            case OVERLOAD -> limit.onOverload(attempt.endNanos);
            case NOTHING -> {
                // Nothing to learn.
            }
        }
    }
}
