package io.backstay;

import org.jspecify.annotations.Nullable;

/** A good answer whose body is not what was asked for. The message names media type and target type, never the body. */
public final class DecodeException extends CallException {

    private static final long serialVersionUID = 1L;

    /** What could not be decoded, and into what. */
    public DecodeException(String problem, CallDetails details, @Nullable Throwable cause) {
        super(problem, FailureKind.UNDECODABLE, details, cause);
    }
}
