package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Tells the kind of a failure from what the client threw, which wraps its causes differently by method and version. */
final class Failures {

    private static final int DEEPEST = 16;

    /** In order: the first that is found anywhere among the causes decides. */
    private static final List<Rule> RULES = List.of(
            new Rule(HttpConnectTimeoutException.class, FailureKind.CONNECT_TIMEOUT),
            new Rule(HttpTimeoutException.class, FailureKind.TIMEOUT),
            new Rule(UnresolvedAddressException.class, FailureKind.UNKNOWN_HOST),
            new Rule(UnknownHostException.class, FailureKind.UNKNOWN_HOST),
            new Rule(SSLHandshakeException.class, FailureKind.TLS_FAILED),
            new Rule(SSLPeerUnverifiedException.class, FailureKind.TLS_FAILED),
            new Rule(ConnectException.class, FailureKind.CONNECT_FAILED),
            new Rule(NoRouteToHostException.class, FailureKind.CONNECT_FAILED),
            new Rule(BindException.class, FailureKind.CONNECT_FAILED),
            new Rule(ProtocolException.class, FailureKind.PROTOCOL_ERROR),
            new Rule(NumberFormatException.class, FailureKind.PROTOCOL_ERROR));

    private Failures() {}

    static ExchangeException classify(@Nullable Throwable thrown, TransportRequest request) {
        if (find(ExchangeException.class, thrown) instanceof ExchangeException own) {
            return own;
        }
        FailureKind kind = kindOf(thrown);
        return exception(kind, !kind.wasNeverSent(), request, thrown);
    }

    static ExchangeException exception(
            FailureKind kind, boolean mayHaveBeenSent, TransportRequest request, @Nullable Throwable cause) {
        return exception(kind, kind.words(), mayHaveBeenSent, request, cause);
    }

    static ExchangeException exception(
            FailureKind kind,
            String words,
            boolean mayHaveBeenSent,
            TransportRequest request,
            @Nullable Throwable cause) {
        String message = words + ": " + request.instance().address();
        return new ExchangeException(kind, mayHaveBeenSent, message, cause);
    }

    private static FailureKind kindOf(@Nullable Throwable thrown) {
        for (Rule rule : RULES) {
            if (find(rule.type, thrown) != null) {
                return rule.kind;
            }
        }
        // Spoken to in cleartext, JSSE fails with its root type and this sentence; nothing but a handshake was sent.
        if (find(SSLException.class, thrown) instanceof SSLException tls && says(tls, "unrecognized ssl message")) {
            return FailureKind.TLS_FAILED;
        }
        if (!(find(IOException.class, thrown) instanceof IOException io)) {
            return FailureKind.UNEXPECTED;
        }
        return says(io, "header with 204 response") ? FailureKind.PROTOCOL_ERROR : FailureKind.CONNECTION_LOST;
    }

    private static boolean says(Throwable thrown, String words) {
        String message = thrown.getMessage();
        return message != null && message.toLowerCase(Locale.ROOT).contains(words);
    }

    private static @Nullable Throwable find(Class<? extends Throwable> type, @Nullable Throwable thrown) {
        Throwable at = thrown;
        for (int depth = 0; at != null && depth < DEEPEST; depth++) {
            if (type.isInstance(at)) {
                return at;
            }
            at = at.getCause();
        }
        return null;
    }

    private record Rule(Class<? extends Throwable> type, FailureKind kind) {}
}
