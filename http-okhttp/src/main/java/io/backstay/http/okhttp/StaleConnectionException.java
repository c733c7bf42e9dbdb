package io.backstay.http.okhttp;

import java.io.IOException;

/** A connection from the pool turned out to be closed before anything was sent on it. Carries no stack trace. */
final class StaleConnectionException extends IOException {

    private static final long serialVersionUID = 1L;

    StaleConnectionException() {
        super("the server has closed the idle connection");
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
