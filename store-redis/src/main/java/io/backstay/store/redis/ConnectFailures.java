package io.backstay.store.redis;

import io.backstay.spi.StateStoreException.Reason;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.protocol.RedisProtocolException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Says why a connection did not come about, and what to look at. Never shows a server's own words: they may repeat what it was
 * sent, a password too.
 */
final class ConnectFailures {

    private static final int DEEPEST = 16;

    private final RedisSettings settings;

    /** Whether it has ever worked as it is set. */
    private volatile boolean worked;

    ConnectFailures(RedisSettings settings) {
        this.settings = settings;
    }

    void worked() {
        worked = true;
    }

    RedisFailure explain(Node node, Throwable error, boolean sentinel) {
        FailedConnection known = find(error, FailedConnection.class);
        if (known != null) {
            return known.failure();
        }
        RedisCommandExecutionException answer = find(error, RedisCommandExecutionException.class);
        if (answer != null) {
            return answer(node, String.valueOf(answer.getMessage()), sentinel);
        }
        if (find(error, NotSslRecordException.class) != null) {
            return RedisFailure.refused(node + " does not speak TLS; look at " + settings.setting("uri") + " (rediss)");
        }
        if (find(error, SslHandshakeTimeoutException.class) != null) {
            return silent(node);
        }
        SSLException tls = find(error, SSLException.class);
        if (tls != null && !String.valueOf(tls.getMessage()).contains("closed")) {
            return RedisFailure.refused("TLS with " + node + " failed; look at " + settings.setting("tls.trust")
                    + " and at the name in the server's certificate");
        }
        if (find(error, DecoderException.class) != null || find(error, RedisProtocolException.class) != null) {
            return RedisFailure.refused(node + " does not answer as a Redis does; look at " + settings.setting("uri"));
        }
        if (find(error, UnknownHostException.class) != null) {
            return RedisFailure.unavailable("the address of " + node + " cannot be found");
        }
        if (find(error, ConnectException.class) != null) {
            return RedisFailure.unavailable(node + " takes no connection");
        }
        if (find(error, TimeoutException.class) != null) {
            return silent(node);
        }
        return RedisFailure.unavailable(node + " closed the connection before it was set up"
                + (settings.address().tls() || worked ? "" : "; does it want TLS (rediss)?"));
    }

    private RedisFailure answer(Node node, String message, boolean sentinel) {
        String code = code(message);
        String who = settings.setting(sentinel ? "sentinel-user" : "user") + " and "
                + settings.setting(sentinel ? "sentinel-password" : "password");
        return switch (code) {
            case "WRONGPASS", "NOAUTH" -> RedisFailure.refused(node + " does not accept who we are; look at " + who);
            case "NOPERM" ->
                RedisFailure.refused(node + " denies a right that is needed; look at " + who
                        + " and the rights in the module's README");
            case "DENIED" -> RedisFailure.refused(node + " is in protected mode and takes nobody from elsewhere");
            case "NOPROTO" -> RedisFailure.refused(tooOld(node));
            case "LOADING" -> RedisFailure.unavailable(node + " is loading its data");
            case "BUSY" -> RedisFailure.unavailable(node + " is busy with a script");
            default -> general(node, message.toLowerCase(Locale.ROOT), who);
        };
    }

    private RedisFailure general(Node node, String message, String who) {
        if (message.contains("unknown command")) {
            return RedisFailure.refused(tooOld(node));
        }
        if (message.contains("max number of clients")) {
            return new RedisFailure(Reason.OVERLOADED, false, node + " has as many clients as it takes");
        }
        if (message.contains("auth") || message.contains("password")) {
            return RedisFailure.refused(node + " does not accept who we are; look at " + who);
        }
        if (message.contains("db index") || message.contains("select")) {
            return RedisFailure.refused(
                    node + " does not have the database that " + settings.setting("uri") + " names");
        }
        return RedisFailure.unavailable(node + " refused the connection");
    }

    /** Nothing was heard within the connect timeout. */
    RedisFailure silent(Node node) {
        return RedisFailure.unavailable(node + " does not answer"
                + (settings.address().tls() && !worked ? "; does it speak TLS (rediss)?" : ""));
    }

    String tooOld(Node node) {
        return node + " is no Redis of 6.2 or later; look at " + settings.setting("uri");
    }

    /** The first word of an error, if it is a code. */
    static String code(String message) {
        int space = message.indexOf(' ');
        String first = space < 0 ? message : message.substring(0, space);
        return first.startsWith("-") ? first.substring(1) : first;
    }

    private static <T extends Throwable> @Nullable T find(Throwable error, Class<T> type) {
        Throwable at = error;
        for (int depth = 0; at != null && depth < DEEPEST; depth++) {
            if (type.isInstance(at)) {
                return type.cast(at);
            }
            at = at.getCause();
        }
        return null;
    }
}
