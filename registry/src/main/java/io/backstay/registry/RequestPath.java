package io.backstay.registry;

import io.backstay.ConfigurationException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads names out of encoded paths and queries. */
final class RequestPath {

    private RequestPath() {}

    /**
     * The names between slashes, decoded; one slash at the end makes no difference.
     *
     * @throws ConfigurationException when one cannot be decoded or is empty
     */
    static List<String> names(String path) {
        List<String> names = new ArrayList<>();
        String trimmed = path.startsWith("/") ? path.substring(1) : path;
        if (trimmed.isEmpty()) {
            return names;
        }
        if (trimmed.length() > 1 && trimmed.endsWith("/")) {
            trimmed = trimmed.substring(0, trimmed.length() - 1);
        }
        for (String part : trimmed.split("/", -1)) {
            String name = decode(part.replace("+", "%2B"));
            if (name.isEmpty()) {
                throw new ConfigurationException("a name in the path is empty");
            }
            names.add(name);
        }
        return names;
    }

    /** A parameter of a query, decoded; null where it is not there. */
    static @Nullable String parameter(@Nullable String query, String name) {
        if (query == null) {
            return null;
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).equals(name)) {
                return decode(pair.substring(equals + 1));
            }
        }
        return null;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("a name in the path or query is not percent-encoded as it should be");
        }
    }
}
