package io.backstay.internal.codec;

import io.backstay.spi.BodyCodec;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.json.JsonMapper;

/** JSON by Jackson with its defaults: unknown members are ignored, dates are ISO 8601. */
final class JacksonCodec implements BodyCodec {

    private final JsonMapper mapper = JsonMapper.builder().build();

    @Override
    public boolean supports(String mediaType) {
        return mediaType.equals("application/json") || mediaType.endsWith("+json");
    }

    @Override
    public byte[] encode(Object body, String contentType) throws IOException {
        try {
            return mapper.writeValueAsBytes(body);
        } catch (JacksonException e) {
            throw withoutContent(e);
        }
    }

    @Override
    public @Nullable Object decode(byte[] body, String contentType, Type type) throws IOException {
        try {
            return mapper.readValue(body, mapper.constructType(type));
        } catch (JacksonException e) {
            throw withoutContent(e);
        }
    }

    /** Jackson's messages quote what they could not read, which may be a secret: only the place is told, and no cause. */
    private static IOException withoutContent(JacksonException failure) {
        TokenStreamLocation at = failure.getLocation();
        String place = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        String path = failure.getPath() == null
                ? ""
                : failure.getPath().stream().map(JacksonCodec::step).collect(Collectors.joining());
        return new IOException(failure.getClass().getSimpleName() + place + (path.isEmpty() ? "" : " in " + path));
    }

    /** A property's name is the type's; a map's key is content. */
    private static String step(JacksonException.Reference reference) {
        if (reference.getPropertyName() == null) {
            return "[" + reference.getIndex() + "]";
        }
        return reference.from() instanceof Map ? "[…]" : "." + reference.getPropertyName();
    }
}
