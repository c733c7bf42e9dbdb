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

    /** Alerts that answer the client's first message; RFC 8446, section 6.2. */
    private static final List<String> ALERTS_TO_HELLO =
            List.of("protocol_version", "insufficient_security", "unrecognized_name", "no_application_protocol");

    /** How the client puts it, in plain {@link IOException}s, that the peer does not speak HTTP. */
    private static final List<String> BREACHES = List.of("header with 204 response", "chunk size", "chunk header");

    /** Its words where a proxy answers a CONNECT by anything but 200 and 407; the status follows. */
    private static final String REFUSED_BY_PROXY = "tunnel failed, got:";

    private Failures() {}

    static ExchangeException classify(@Nullable Throwable thrown, TransportRequest request) {
        if (find(ExchangeException.class, thrown) instanceof ExchangeException own) {
            return own;
        }
        FailureKind kind = kindOf(thrown);
        return ExchangeException.of(kind, !kind.wasNeverSent() || isRefusedByPeer(thrown), request, thrown);
    }

    /**
     * Whether the server ended the handshake by an alert that it may send after the client, for its part, has finished it:
     * so TLS 1.3 refuses client certificates, and JSSE makes no difference in type. The request may have left by then.
     */
    private static boolean isRefusedByPeer(@Nullable Throwable thrown) {
        return find(SSLHandshakeException.class, thrown) instanceof SSLHandshakeException tls
                && says(tls, "received fatal alert")
                && ALERTS_TO_HELLO.stream().noneMatch(alert -> says(tls, alert));
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
        if (says(io, REFUSED_BY_PROXY)) {
            return FailureKind.CONNECT_FAILED;
        }
        boolean breach = BREACHES.stream().anyMatch(words -> says(io, words));
        return breach ? FailureKind.PROTOCOL_ERROR : FailureKind.CONNECTION_LOST;
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
