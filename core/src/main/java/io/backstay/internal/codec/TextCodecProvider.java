package io.backstay.internal.codec;

import io.backstay.ContentType;
import io.backstay.internal.Types;
import io.backstay.spi.BodyCodec;
import io.backstay.spi.BodyCodecProvider;
import io.backstay.spi.ProviderContext;
import java.io.IOException;
import java.lang.reflect.Type;

/** Text of any kind, in the charset that its media type names, else in UTF-8. Answers are read as text without a codec, by {@code as(String.class)}. */
public final class TextCodecProvider implements BodyCodecProvider {

    @Override
    public String name() {
        return "text";
    }

    @Override
    public BodyCodec create(ProviderContext context) {
        return new TextCodec();
    }

    private static final class TextCodec implements BodyCodec {

        @Override
        public boolean supports(String mediaType) {
            return mediaType.startsWith("text/");
        }

        @Override
        public byte[] encode(Object body, String contentType) throws IOException {
            if (body instanceof CharSequence text) {
                return text.toString().getBytes(ContentType.charset(contentType));
            }
            throw new IOException("text is made from a CharSequence");
        }

        @Override
        public Object decode(byte[] body, String contentType, Type type) throws IOException {
            if (Types.rawClass(type).isAssignableFrom(String.class)) {
                return new String(body, ContentType.charset(contentType));
            }
            throw new IOException("text is read into a String");
        }
    }
}
