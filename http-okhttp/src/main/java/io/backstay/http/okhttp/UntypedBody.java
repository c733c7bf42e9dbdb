package io.backstay.http.okhttp;

import okhttp3.MediaType;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * A response's body that keeps its media type to itself. OkHttp asks for it once for each response, whether anybody wants it or not,
 * and takes it apart by regular expressions, a twentieth of all that it does for a short exchange.
 */
final class UntypedBody extends ResponseBody {

    private final ResponseBody body;

    UntypedBody(ResponseBody body) {
        this.body = body;
    }

    @Override
    public @Nullable MediaType contentType() {
        return null;
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public BufferedSource source() {
        return body.source();
    }
}
