package io.backstay.spi;

import java.io.IOException;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** Turns objects into octets and back, for some media types. Thread-safe. */
public interface BodyCodec {

    /**
     * Whether this codec is for a media type.
     *
     * @param mediaType type and subtype in lower case, without parameters: {@code application/json}
     */
    boolean supports(String mediaType);

    /**
     * The object as octets.
     *
     * @throws IOException when it cannot be done, with a message that does not hold the object's content
     */
    byte[] encode(Object body, String contentType) throws IOException;

    /**
     * The octets as an object.
     *
     * @param contentType the whole field, with parameters such as a charset
     * @return the object; null where the octets say so, as JSON's {@code null}
     * @throws IOException when it cannot be done, with a message that does not hold the octets
     */
    @Nullable
    Object decode(byte[] body, String contentType, Type type) throws IOException;
}
