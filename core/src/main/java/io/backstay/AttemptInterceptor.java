package io.backstay;

/**
 * A step of the user's own round each attempt. Runs under the caller's context, on the thread that makes the attempt. Thread-safe;
 * must not block for long.
 */
public interface AttemptInterceptor {

    /** Before the exchange; gives the header fields to send. */
    default Headers before(Attempt attempt, Headers headers) {
        return headers;
    }

    /** After any answer, an error status included. */
    default void after(Attempt attempt, ServiceResponse response) {}

    /** After an exchange that came to no answer. */
    default void failed(Attempt attempt, FailureKind kind) {}

    /**
     * Which attempt it is.
     *
     * @param request the call's request
     * @param instance who is asked
     * @param number from 1
     */
    record Attempt(ServiceRequest request, ServiceInstance instance, int number) {}
}
