package io.backstay.server;

import io.backstay.CallException;
import io.backstay.HttpStatusException;
import io.backstay.Problem;
import io.backstay.ServiceUnavailableException;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** What a handler's failure is to the caller: enough to act on, nothing of the inside. */
final class Problems {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(1);

    private Problems() {}

    static Problem of(Throwable failure) {
        if (failure instanceof ProblemException own) {
            return own.problem();
        } else if (failure instanceof ServiceUnavailableException unavailable && unavailable.isTransient()) {
            return Problem.of(503, "Service Unavailable")
                    .withDetail("a service that this one needs cannot answer now")
                    .with("service", unavailable.details().service());
        } else if (failure instanceof HttpStatusException answer) {
            return badGateway(answer, "answered " + answer.status());
        } else if (failure instanceof CallException call) {
            return badGateway(
                    call, "gave no answer that can be used: " + call.kind().words());
        }
        return Problem.of(500, "Internal Server Error");
    }

    private static Problem badGateway(CallException failure, String what) {
        return Problem.of(502, "Bad Gateway")
                .withDetail("a service that this one needs " + what)
                .with("service", failure.details().service());
    }

    /** When to come back, for what is unavailable. */
    static Optional<Duration> retryAfter(Throwable failure) {
        return failure instanceof ServiceUnavailableException unavailable && unavailable.isTransient()
                ? Optional.of(
                        unavailable.retryAfter().filter(wait -> !wait.isZero()).orElse(DEFAULT_WAIT))
                : Optional.empty();
    }

    static byte[] encode(Problem problem) {
        return JSON.writeValueAsBytes(problem.toMembers());
    }
}
