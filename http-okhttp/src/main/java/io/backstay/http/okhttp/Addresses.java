package io.backstay.http.okhttp;

import io.backstay.spi.TransportRequest;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Turns addresses into OkHttp's, which takes in a host's name by many rules: so it does that once for each instance and not for
 * each request. Thread-safe.
 */
final class Addresses {

    /** Many more than one client calls; beyond, all are forgotten and taken in anew. */
    private static final int MOST = 1_000;

    private final Map<URI, HttpUrl> bases = new ConcurrentHashMap<>();

    /**
     * Where the request goes; null where OkHttp finds no address in it, or would call another than it was told: it takes dot
     * segments out of a path, encoded ones too.
     */
    @Nullable
    HttpUrl of(TransportRequest request) {
        URI base = request.instance().baseUri();
        String link = base.getRawPath() + request.target();
        HttpUrl url = namesHost(link) ? HttpUrl.parse(base + request.target()) : below(base, link);
        return url != null && isPath(url.encodedPath(), link) ? url : null;
    }

    private @Nullable HttpUrl below(URI base, String link) {
        HttpUrl known = bases.get(base);
        if (known == null) {
            known = HttpUrl.parse(base.toString());
            if (known == null) {
                return null;
            }
            if (bases.size() >= MOST) {
                bases.clear();
            }
            bases.put(base, known);
        }
        return known.resolve(link);
    }

    /** Whether it would be read as a host and what is below it, where it stood alone. */
    private static boolean namesHost(String link) {
        return link.length() > 1 && (link.charAt(1) == '/' || link.charAt(1) == '\\');
    }

    private static boolean isPath(String path, String link) {
        return link.startsWith(path) && endsAt(link, path.length());
    }

    private static boolean endsAt(String link, int end) {
        return link.length() == end || link.charAt(end) == '?' || link.charAt(end) == '#';
    }
}
