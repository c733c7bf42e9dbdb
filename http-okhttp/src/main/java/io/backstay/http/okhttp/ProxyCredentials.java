package io.backstay.http.okhttp;

import okhttp3.Authenticator;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;

/**
 * Shows a proxy who calls when it is asked for a tunnel: at once, and once. What a proxy forwards in cleartext gets its
 * credentials from {@link WireRules}.
 */
final class ProxyCredentials implements Authenticator {

    static final String FIELD = "Proxy-Authorization";

    private final String authorization;

    ProxyCredentials(String authorization) {
        this.authorization = authorization;
    }

    @Override
    public @Nullable Request authenticate(@Nullable Route route, Response response) {
        boolean refused = response.request().header(FIELD) != null;
        return refused
                ? null
                : response.request().newBuilder().header(FIELD, authorization).build();
    }
}
