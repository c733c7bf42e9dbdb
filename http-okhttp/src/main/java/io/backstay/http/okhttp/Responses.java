package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;

/** Turns OkHttp's response into ours. */
final class Responses {

    /** What fits in an array on every JVM. */
    private static final long LONGEST = Integer.MAX_VALUE - 8;

    private static final byte[] NOTHING = new byte[0];

    private Responses() {}

    /** Whether there is a body to wait for. A 304 has none, whatever length it announces. */
    static boolean hasBody(Response response) {
        return response.code() != HttpURLConnection.HTTP_NOT_MODIFIED
                && response.body().contentLength() != 0;
    }

    /** The response with its body still on its way. */
    static TransportResponse streamed(Response response, InputStream body) {
        return TransportResponse.streamed(response.code(), headers(response.headers()), body);
    }

    /**
     * The whole response; blocks until its last octet is there. OkHttp would wait for a body of a 304 too.
     *
     * @param progress is run before each part of the body
     * @throws ExchangeException as soon as the body is longer than allowed, or says that it will be; the rest is unread
     */
    static TransportResponse read(Response response, TransportRequest request, Runnable progress)
            throws IOException, ExchangeException {
        if (!hasBody(response)) {
            return request.responseMode() == BodyMode.STREAMED
                    ? streamed(response, InputStream.nullInputStream())
                    : new TransportResponse(response.code(), headers(response.headers()), NOTHING);
        }
        long most = Math.min(request.maxResponseBytes(), LONGEST);
        BufferedSource source = response.body().source();
        if (response.body().contentLength() > most || isLonger(source, most, progress)) {
            throw ExchangeException.of(FailureKind.RESPONSE_TOO_LARGE, true, request, null);
        }
        return new TransportResponse(
                response.code(), headers(response.headers()), source.getBuffer().readByteArray());
    }

    /** Reads to the end, or to one octet more than is allowed. */
    private static boolean isLonger(BufferedSource source, long most, Runnable progress) throws IOException {
        Buffer arrived = source.getBuffer();
        while (arrived.size() <= most) {
            progress.run();
            if (!source.request(arrived.size() + 1)) {
                return false;
            }
        }
        return true;
    }

    private static Headers headers(okhttp3.Headers received) {
        return Headers.received(received.size(), received::name, received::value);
    }
}
