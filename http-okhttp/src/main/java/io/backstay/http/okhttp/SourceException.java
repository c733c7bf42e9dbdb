package io.backstay.http.okhttp;

import java.io.IOException;

/** Carries what the source of a request's body threw past OkHttp, so that it is not taken for a lost connection. */
final class SourceException extends IOException {

    private static final long serialVersionUID = 1L;

    SourceException(Exception thrown) {
        super(thrown);
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
