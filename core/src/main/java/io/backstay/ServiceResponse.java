package io.backstay;

import java.lang.reflect.Type;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a service answered, with its whole body. Immutable and thread-safe. */
public final class ServiceResponse {

    private final int status;
    private final Headers headers;
    private final byte[] body;
    private final @Nullable ServiceInstance instance;
    private final Decoder decoder;

    /** How the body becomes an object. */
    @FunctionalInterface
    public interface Decoder {
        /**
         * The body as a value of the type.
         *
         * @param octets the body itself, not to be changed or kept
         * @throws DecodeException when it is none
         */
        @Nullable
        Object decode(ServiceResponse response, byte[] octets, Type type);
    }

    /** All at once; for the engine, and for tests of code that takes responses. */
    public ServiceResponse(
            int status, Headers headers, byte[] body, @Nullable ServiceInstance instance, Decoder decoder) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.instance = instance;
        this.decoder = decoder;
    }

    /** The status code. */
    public int status() {
        return status;
    }

    /** The header fields. */
    public Headers headers() {
        return headers;
    }

    /** Which instance answered. */
    public Optional<ServiceInstance> instance() {
        return Optional.ofNullable(instance);
    }

    /** The {@code Content-Type} as it came. */
    public Optional<String> contentType() {
        return headers.first("Content-Type");
    }

    /** A copy of the body's octets; empty where there is no body. */
    public byte[] bytes() {
        return body.clone();
    }

    /** How many octets the body has. */
    public int length() {
        return body.length;
    }

    /** The body as text in the charset that its media type names, or in UTF-8. */
    public String text() {
        return new String(body, ContentType.charset(contentType().orElse("")));
    }

    /**
     * The body as an object.
     *
     * @throws DecodeException when it is none
     */
    public <T> T as(Class<T> type) {
        return decodeAs(type);
    }

    /**
     * The body as an object.
     *
     * @throws DecodeException when it is none
     */
    public <T> T as(TypeRef<T> type) {
        return decodeAs(type.type());
    }

    /**
     * The body as an object of a type that only reflection knows.
     *
     * @throws DecodeException when it is none
     */
    public @Nullable Object decode(Type type) {
        return decoder.decode(this, body, type);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"})
    private <T> T decodeAs(Type type) {
        return (T) decode(type);
    }

    @Override
    public String toString() {
        return "status " + status + ", " + body.length + " B";
    }
}
