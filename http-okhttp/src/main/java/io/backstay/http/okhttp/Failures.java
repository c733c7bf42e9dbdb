package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.UnknownServiceException;
import javax.net.ssl.SSLException;

/** Tells the kind of a failure from what OkHttp threw and from how far the exchange had come. */
final class Failures {

    private Failures() {}

    static ExchangeException classify(Throwable thrown, boolean sent, TransportRequest request) {
        if (thrown instanceof SourceException) {
            return ExchangeException.of(FailureKind.UNEXPECTED, sent, request, thrown.getCause());
        }
        return ExchangeException.of(sent ? afterSending(thrown) : beforeSending(thrown), sent, request, thrown);
    }

    private static FailureKind beforeSending(Throwable thrown) {
        if (thrown instanceof UnknownHostException) {
            return FailureKind.UNKNOWN_HOST;
        }
        if (thrown instanceof SocketTimeoutException) {
            return FailureKind.CONNECT_TIMEOUT;
        }
        if (thrown instanceof SSLException) {
            return FailureKind.TLS_FAILED;
        }
        // How OkHttp says that the client is not set up for cleartext.
        boolean refused = thrown instanceof UnknownServiceException;
        return thrown instanceof IOException && !refused ? FailureKind.CONNECT_FAILED : FailureKind.UNEXPECTED;
    }

    /** OkHttp calls a body that is cut off a breach of the protocol, by these words. */
    private static FailureKind afterSending(Throwable thrown) {
        // TLS wraps what is thrown below it.
        Throwable breach = thrown instanceof SSLException ? thrown.getCause() : thrown;
        if (breach instanceof ProtocolException && !"unexpected end of stream".equals(breach.getMessage())) {
            return FailureKind.PROTOCOL_ERROR;
        }
        return thrown instanceof IOException ? FailureKind.CONNECTION_LOST : FailureKind.UNEXPECTED;
    }
}
