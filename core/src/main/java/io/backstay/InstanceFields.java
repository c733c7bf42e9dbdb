package io.backstay;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Checks what an instance is described by; each refusal names the field. */
final class InstanceFields {

    static final int MAX_NAME = 255;
    static final int MAX_LABEL = 128;
    static final int MAX_PATH = 1_024;
    static final int MAX_LABELS = 64;
    static final int MAX_METADATA_BYTES = 8 << 10;
    static final int MAX_PORT = 65_535;
    static final double MAX_WEIGHT = 1e6;

    private InstanceFields() {}

    /**
     * Not blank, within its length, and without what is not seen or changes how the rest is seen, since it is shown to people: control and
     * format characters, separators of lines and paragraphs, halves of characters.
     */
    static String text(String field, @Nullable String value, int most) {
        if (value == null || value.isBlank()) {
            throw invalid(field, "must not be null or blank");
        }
        return bounded(field, value, most, InstanceFields::isNotShown);
    }

    private static boolean isNotShown(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static String bounded(String field, String value, int most, IntPredicate isRefused) {
        if (value.length() > most) {
            throw invalid(field, "must have at most " + most + " characters, but has " + value.length());
        }
        for (int i = 0; i < value.length(); i += Character.charCount(value.codePointAt(i))) {
            int next = value.codePointAt(i);
            if (isRefused.test(next)) {
                throw invalid(field, "must not hold " + Characters.describe(next, i));
            }
        }
        return value;
    }

    /** Half of a character cannot be written as UTF-8. */
    private static boolean isControlOrHalf(int codePoint) {
        return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
    }

    /** A name or an address of IP; one of IPv6 with its brackets or without them. */
    static String host(@Nullable String value) {
        String host = text("host", value, MAX_NAME);
        String bracketed = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        try {
            URI uri = new URI("http://" + bracketed);
            if (bracketed.equals(uri.getHost())) {
                return bracketed;
            }
        } catch (URISyntaxException e) {
            // Told below.
        }
        throw invalid("host", "must be a name or an address of IP");
    }

    static int port(int value) {
        if (value < 1 || value > MAX_PORT) {
            throw invalid("port", "must be from 1 to " + MAX_PORT + ", but is " + value);
        }
        return value;
    }

    /** Empty, or an encoded path that begins with a slash; slashes at its end are dropped. */
    static String basePath(@Nullable String value) {
        if (value == null || value.isEmpty()) {
            return "";
        }
        String path = bounded("base path", value, MAX_PATH, InstanceFields::isNotShown);
        try {
            URI uri = new URI("http://host" + path);
            if (path.startsWith("/") && path.equals(uri.getRawPath())) {
                return withoutSlashes(path);
            }
        } catch (URISyntaxException e) {
            // Told below.
        }
        throw invalid("base path", "must be an encoded path that begins with a slash");
    }

    private static String withoutSlashes(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }

    static double weight(double value) {
        if (!(value >= 0 && value <= MAX_WEIGHT)) {
            throw invalid("weight", "must be from 0 to 1000000, but is " + value);
        }
        return value;
    }

    static Set<String> labels(String field, @Nullable Collection<String> values) {
        if (values == null) {
            throw invalid(field, "must not be null");
        }
        if (values.size() > MAX_LABELS) {
            throw invalid(field, "must be at most " + MAX_LABELS + ", but are " + values.size());
        }
        for (String value : values) {
            text(field, value, MAX_LABEL);
        }
        // A set that cannot be changed is taken as it is, so that instances can share one.
        return Set.copyOf(values);
    }

    static Map<String, String> metadata(@Nullable Map<String, String> values) {
        if (values == null) {
            throw invalid("metadata", "must not be null");
        }
        long bytes = 0;
        for (Map.Entry<String, String> each : values.entrySet()) {
            String key = text("key of metadata", each.getKey(), MAX_LABEL);
            if (each.getValue() == null) {
                throw invalid("metadata", "must not hold null, as it does for " + key);
            }
            bounded("metadata", each.getValue(), MAX_METADATA_BYTES, InstanceFields::isControlOrHalf);
            bytes += utf8(key) + utf8(each.getValue());
        }
        if (bytes > MAX_METADATA_BYTES) {
            throw invalid("metadata", "must take at most " + MAX_METADATA_BYTES + " octets, but takes " + bytes);
        }
        return Map.copyOf(values);
    }

    private static int utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    static ConfigurationException invalid(String field, String problem) {
        return new ConfigurationException("the " + field + " of an instance " + problem);
    }
}
