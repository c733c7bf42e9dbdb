package io.backstay.internal.codec;

import io.backstay.internal.Types;
import io.backstay.spi.BodyCodec;
import io.backstay.spi.BodyCodecProvider;
import io.backstay.spi.ProviderContext;
import java.io.IOException;
import java.lang.reflect.Type;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Forms: maps of names to values, as browsers encode them. */
public final class FormCodecProvider implements BodyCodecProvider {

    @Override
    public String name() {
        return "form";
    }

    @Override
    public BodyCodec create(ProviderContext context) {
        return new FormCodec();
    }

    private static final class FormCodec implements BodyCodec {

        @Override
        public boolean supports(String mediaType) {
            return mediaType.equals("application/x-www-form-urlencoded");
        }

        @Override
        public byte[] encode(Object body, String contentType) throws IOException {
            if (!(body instanceof Map<?, ?> fields)) {
                throw new IOException("a form is made from a Map");
            }
            return fields.entrySet().stream()
                    .flatMap(field ->
                            values(field.getValue()).map(value -> escape(field.getKey()) + "=" + escape(value)))
                    .collect(Collectors.joining("&"))
                    .getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public Object decode(byte[] body, String contentType, Type type) throws IOException {
            if (Types.rawClass(type) != Map.class) {
                throw new IOException("a form is read into a Map");
            }
            Map<String, String> fields = new LinkedHashMap<>();
            for (String field : new String(body, StandardCharsets.US_ASCII).split("&", -1)) {
                String[] parts = field.split("=", 2);
                fields.put(unescape(parts[0]), parts.length == 2 ? unescape(parts[1]) : "");
            }
            return fields;
        }

        private static Stream<?> values(Object value) {
            return value instanceof Iterable<?> several
                    ? StreamSupport.stream(several.spliterator(), false)
                    : Stream.of(value);
        }

        private static String escape(Object value) {
            return URLEncoder.encode(String.valueOf(value), StandardCharsets.UTF_8);
        }

        private static String unescape(String value) {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        }
    }
}
