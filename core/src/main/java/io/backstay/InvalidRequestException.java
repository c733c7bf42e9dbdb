package io.backstay;

/**
 * A request that cannot be sent as it stands: a missing path parameter, a header with a line break, a body on GET.
 * Thrown before anything is sent, by {@link Result}-returning methods too, since it is the caller's mistake and not the
 * service's. Names the field, what is wrong, and what is allowed; never the value of a header or a body.
 */
public final class InvalidRequestException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String field;

    /** The field and, as the rest of a sentence, what is wrong with it. */
    public InvalidRequestException(String field, String problem) {
        super(field + " " + problem);
        this.field = field;
    }

    /** The same, with the failure that told. */
    public InvalidRequestException(String field, String problem, Throwable cause) {
        super(field + " " + problem, cause);
        this.field = field;
    }

    /** Which part of the request is wrong, as {@code path parameter id} or {@code header X-Name}. */
    public String field() {
        return field;
    }
}
