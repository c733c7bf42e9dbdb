package io.backstay.internal;

import io.backstay.CallException;
import io.backstay.FailureKind;
import io.backstay.ServiceResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How an attempt, or a call that came to none, ended. Becomes an exception only when a caller is to see one. */
sealed interface Outcome {

    /** The server answered; {@code accepted} unless its status is a failure to this request. */
    record Answer(ServiceResponse response, boolean accepted) implements Outcome {}

    /** There was no whole answer. */
    record Broken(
            FailureKind kind, String problem, @Nullable Throwable cause) implements Outcome {}

    /** A guard said no; nothing was sent. */
    record Refused(String guard, String problem, @Nullable Duration retryAfter) implements Outcome {}

    /** A step of the user's own ended the call with a failure of its own making. */
    record Thrown(CallException failure) implements Outcome {}
}
