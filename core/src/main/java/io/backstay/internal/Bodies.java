package io.backstay.internal;

import io.backstay.BodySource;
import io.backstay.BodyValidator;
import io.backstay.CallDetails;
import io.backstay.CallPolicy;
import io.backstay.ContentType;
import io.backstay.DecodeException;
import io.backstay.InvalidRequestException;
import io.backstay.Problem;
import io.backstay.ServiceRequest;
import io.backstay.ServiceResponse;
import io.backstay.Settings;
import io.backstay.StreamedResponse;
import io.backstay.TypeRef;
import io.backstay.spi.BodyCodec;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Bodies in and out: validated, encoded, decoded by whichever codec is for their media type. */
final class Bodies {

    private static final String JSON = "application/json";
    private static final Type MEMBERS = new TypeRef<Map<String, Object>>() {}.type();

    private final List<BodyCodec> codecs;
    private final BodyValidator validator;

    Bodies(List<BodyCodec> codecs, BodyValidator validator) {
        this.codecs = List.copyOf(codecs);
        this.validator = validator;
    }

    /** Step 0: the request's body as octets, or null when it has none or it is streamed. */
    byte @Nullable [] encode(ServiceRequest request, CallPolicy policy) {
        Object body = request.body().orElse(null);
        if (body == null || body instanceof BodySource) {
            return null;
        }
        byte[] octets = body instanceof byte[] raw
                ? raw
                : encode(body, request.contentType().orElse(JSON));
        if (octets.length > policy.maxRequestBytes()) {
            throw new InvalidRequestException(
                    "body",
                    "has " + octets.length + " B; allowed by " + Settings.MAX_REQUEST_BYTES.name() + ": up to "
                            + policy.maxRequestBytes() + " B");
        }
        return octets;
    }

    private byte[] encode(Object body, String contentType) {
        validator.validate(body);
        String mediaType = ContentType.mediaType(contentType);
        BodyCodec codec = codecFor(mediaType)
                .orElseThrow(() -> new InvalidRequestException(
                        "body",
                        "has the media type " + mediaType
                                + ", for which there is no codec; send octets (byte[]) or add a codec"));
        try {
            return codec.encode(body, contentType);
        } catch (IOException | RuntimeException e) {
            throw new InvalidRequestException(
                    "body",
                    "cannot be encoded as " + mediaType + ": a "
                            + body.getClass().getName() + (e instanceof IOException ? ", " + e.getMessage() : ""),
                    e);
        }
    }

    /** Step 14: the answer as what the caller asked for. */
    @Nullable
    Object decode(ServiceResponse response, byte[] octets, Type type, Supplier<CallDetails> details) {
        if (type == Void.class || type == void.class) {
            return null;
        } else if (type == byte[].class) {
            return octets.clone();
        } else if (type == String.class) {
            return response.text();
        }
        return decodeObject(response, octets, type, details);
    }

    private Object decodeObject(ServiceResponse response, byte[] octets, Type type, Supplier<CallDetails> details) {
        if (response.length() == 0) {
            throw new DecodeException(
                    "status " + response.status() + " with an empty body gives no " + type.getTypeName(),
                    details.get(),
                    null);
        }
        String contentType = response.contentType().orElse(JSON);
        String mediaType = ContentType.mediaType(contentType);
        BodyCodec codec = codecFor(mediaType)
                .orElseThrow(() -> new DecodeException(
                        "there is no codec for the media type " + mediaType + " to give a " + type.getTypeName(),
                        details.get(),
                        null));
        try {
            Object value = codec.decode(octets, contentType, type);
            if (value == null) {
                throw new IOException("the body says null");
            }
            return value;
        } catch (IOException | RuntimeException e) {
            throw new DecodeException(
                    "a body of " + mediaType + " gives no " + type.getTypeName()
                            + (e instanceof IOException ? ": " + e.getMessage() : ""),
                    details.get(),
                    e);
        }
    }

    /** The problem details of an answer, where it has any that can be read. */
    @Nullable
    Problem problem(ServiceResponse response) {
        String mediaType = ContentType.mediaType(response.contentType().orElse(""));
        if (!mediaType.equals(Problem.MEDIA_TYPE)) {
            return null;
        }
        try {
            BodyCodec codec = codecFor(mediaType).orElse(null);
            return codec != null && codec.decode(response.bytes(), mediaType, MEMBERS) instanceof Map<?, ?> members
                    ? Problem.fromMembers(withStringKeys(members), response.status())
                    : null;
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> withStringKeys(Map<?, ?> members) {
        return (Map<String, ?>) members;
    }

    /** Whether a value of this type is decoded by a codec, so that JSON is what we would best be sent. */
    static boolean wantsJson(Type type) {
        return type != ServiceResponse.class
                && type != StreamedResponse.class
                && type != Void.class
                && type != void.class
                && type != byte[].class
                && type != String.class;
    }

    private Optional<BodyCodec> codecFor(String mediaType) {
        return codecs.stream().filter(codec -> codec.supports(mediaType)).findFirst();
    }
}
