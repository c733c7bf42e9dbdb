package io.backstay.http.jdk;

import java.net.http.HttpClient;

/** Which HTTP a {@link JdkHttpTransport} asks for. */
public enum HttpVersion {
    /**
     * HTTP/2 over TLS, where the handshake itself settles it; HTTP/1.1 over cleartext, where HTTP/2 would have to be asked
     * for by an {@code Upgrade} header on every request, which servers of HTTP/1.1 alone do not always take well.
     */
    AUTO,
    /** HTTP/1.1 always. */
    HTTP_1_1,
    /** HTTP/2 wherever the server agrees, over cleartext by {@code Upgrade: h2c}. */
    HTTP_2;

    HttpClient.Version forRequest(boolean secure) {
        return this == HTTP_2 || (this == AUTO && secure) ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1;
    }
}
