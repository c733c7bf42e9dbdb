package io.backstay.internal;

import io.backstay.FailureKind;
import io.backstay.balance.AttemptResult;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Common outcomes, and what an outcome says of its service. */
final class Outcomes {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.breaker");

    private static final int TOO_MANY_REQUESTS = 429;

    /** What a circuit breaker learns. */
    enum Verdict {
        SUCCESS,
        FAILURE,
        /** The service answers, but neither well nor badly: a 4xx. */
        ALIVE,
        IGNORED
    }

    private Outcomes() {}

    static Broken cancelled(String how) {
        return new Broken(FailureKind.CANCELLED, how, null);
    }

    static Broken deadlinePassed() {
        return new Broken(FailureKind.TIMEOUT, "the deadline has passed", null);
    }

    static Broken unexpected(String problem, Throwable cause) {
        return new Broken(FailureKind.UNEXPECTED, problem, cause);
    }

    /**
     * What the end of a call says of its service. Not what the caller or its own steps did counts, nor timeouts that the caller
     * cut short.
     */
    static Verdict verdict(Call call, Outcome outcome) {
        if (outcome instanceof Answer answer) {
            return answer.accepted()
                    ? Verdict.SUCCESS
                    : verdictOfStatus(call, answer.response().status());
        }
        if (!(outcome instanceof Broken broken)) {
            return Verdict.IGNORED;
        }
        return switch (broken.kind()) {
            case UNKNOWN_HOST, CONNECT_FAILED, TLS_FAILED, CONNECTION_LOST, PROTOCOL_ERROR -> Verdict.FAILURE;
            case TIMEOUT, CONNECT_TIMEOUT -> call.timedOutFairly ? Verdict.FAILURE : Verdict.IGNORED;
            case RESPONSE_TOO_LARGE -> Verdict.ALIVE;
            case REJECTED, STATUS, UNDECODABLE, CANCELLED, UNEXPECTED -> Verdict.IGNORED;
        };
    }

    /** What the end of an attempt says of its instance. */
    static AttemptResult ofAttempt(Attempt attempt) {
        if (attempt.outcome instanceof Answer answer) {
            return answer.accepted()
                    ? AttemptResult.SUCCESS
                    : ofStatus(attempt.call, answer.response().status());
        }
        if (!(attempt.outcome instanceof Broken broken)) {
            return AttemptResult.NOTHING;
        }
        return switch (broken.kind()) {
            case UNKNOWN_HOST, CONNECT_FAILED, TLS_FAILED -> AttemptResult.UNREACHABLE;
            case CONNECTION_LOST, PROTOCOL_ERROR -> AttemptResult.FAILURE;
            case TIMEOUT -> attempt.timedOutFairly() ? AttemptResult.FAILURE : AttemptResult.UNFINISHED;
            case CONNECT_TIMEOUT -> attempt.timedOutFairly() ? AttemptResult.UNREACHABLE : AttemptResult.UNFINISHED;
            case RESPONSE_TOO_LARGE -> AttemptResult.ALIVE;
            case CANCELLED -> AttemptResult.UNFINISHED;
            case REJECTED, STATUS, UNDECODABLE, UNEXPECTED -> AttemptResult.NOTHING;
        };
    }

    private static AttemptResult ofStatus(Call call, int status) {
        return switch (verdictOfStatus(call, status)) {
            case FAILURE -> AttemptResult.FAILURE;
            case SUCCESS, ALIVE -> status == TOO_MANY_REQUESTS ? AttemptResult.BUSY : AttemptResult.ALIVE;
            case IGNORED -> AttemptResult.NOTHING;
        };
    }

    /** The policy's predicate is the user's code. */
    private static Verdict verdictOfStatus(Call call, int status) {
        try {
            return call.policy.breaker().isFailure(status) ? Verdict.FAILURE : Verdict.ALIVE;
        } catch (RuntimeException e) {
            LOG.error("[{}] the breaker policy's failureStatus failed for {}", call.service.name, status, e);
            return Verdict.IGNORED;
        }
    }
}
