package io.backstay;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server answered with a status that the request does not accept. Problem details (RFC 9457) are decoded where the
 * server sent them. 408, 425, 429 and 500 to 599 other than 501 and 505 count as transient.
 */
public final class HttpStatusException extends CallException {

    private static final long serialVersionUID = 1L;

    private static final int LONGEST_SHOWN = 200;

    private final int status;
    private final transient ServiceResponse response;
    private final transient @Nullable Problem problemDetails;
    private final @Nullable Duration retryAfter;

    /** The answer, its problem details and its {@code Retry-After} where it had them. */
    public HttpStatusException(
            ServiceResponse response, CallDetails details, @Nullable Problem problem, @Nullable Duration retryAfter) {
        super(describe(response.status(), problem), FailureKind.STATUS, details, null);
        this.status = response.status();
        this.response = response;
        this.problemDetails = problem;
        this.retryAfter = retryAfter;
    }

    /** The status code. */
    public int status() {
        return status;
    }

    /** The whole answer, with its body; null after serialization. */
    public ServiceResponse response() {
        return response;
    }

    /** The problem details, where the server sent {@code application/problem+json}. */
    public Optional<Problem> problemDetails() {
        return Optional.ofNullable(problemDetails);
    }

    /** The server's wish, from {@code Retry-After}. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    @Override
    public boolean isTransient() {
        return status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501 && status != 505);
    }

    private static String describe(int status, @Nullable Problem problem) {
        return "answered " + status
                + (problem == null
                        ? ""
                        : " " + shown(problem.title().orElse(problem.type().toString())));
    }

    /** What a server wrote, as it may stand in a log: on one line, and not at any length. */
    private static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "…";
    }
}
