package io.backstay.store.redis;

import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.lettuce.core.RedisCommandExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says what a server's error means for an operation. Never shows the server's own words, which may repeat values.
 */
final class Answers {

    /** Scripts wrap the code of the command that failed in words of their own, before Redis 7 behind a hyphen. */
    private static final Pattern CODE = Pattern.compile(
            "(?:^|[ -])(OOM|NOPERM|WRONGTYPE|READONLY|MISCONF|NOREPLICAS|MASTERDOWN|LOADING|BUSY|CLUSTERDOWN"
                    + "|TRYAGAIN|NOAUTH|NOSCRIPT|MOVED|ASK)\\b");

    private static final String DENIED_IN_SCRIPT = "can't run this command";

    private Answers() {}

    /** The code in an error; empty when it is none of those that are known. */
    static String code(RedisCommandExecutionException error) {
        String message = String.valueOf(error.getMessage());
        Matcher code = CODE.matcher(message);
        if (code.find()) {
            return code.group(1);
        }
        return message.contains(DENIED_IN_SCRIPT) ? "NOPERM" : "";
    }

    /** What an operation fails with. */
    static StateStoreException explain(RedisCommandExecutionException error, Request request, Node node) {
        String message = String.valueOf(error.getMessage());
        boolean ran = request.changes() && (message.contains("script") || message.contains("f_"));
        return switch (code(error)) {
            case "OOM" -> failed(Reason.FULL, false, node + " has no memory for more");
            case "NOPERM" ->
                failed(Reason.REFUSED, ran, node + " denies a right that is needed; the module's README lists them");
            case "NOAUTH" -> failed(Reason.REFUSED, false, node + " does not know any more who we are");
            case "WRONGTYPE" -> failed(Reason.DAMAGED, ran, "keys of the table at " + node + " are of another kind");
            case "READONLY" -> failed(Reason.UNAVAILABLE, false, node + " is a replica by now");
            case "MISCONF" -> failed(Reason.UNAVAILABLE, false, node + " cannot save its data and takes no writes");
            case "NOREPLICAS" -> failed(Reason.UNAVAILABLE, false, node + " has too few replicas and takes no writes");
            case "MASTERDOWN", "LOADING" -> failed(Reason.UNAVAILABLE, false, node + " is loading its data");
            case "BUSY" -> failed(Reason.UNAVAILABLE, false, node + " is busy with a script");
            case "CLUSTERDOWN" -> failed(Reason.UNAVAILABLE, false, "the cluster of " + node + " is down");
            case "TRYAGAIN", "MOVED", "ASK" ->
                failed(Reason.UNAVAILABLE, false, "the table is on its way between servers of the cluster");
            default -> failed(Reason.DAMAGED, request.changes(), node + " failed to do it");
        };
    }

    private static StateStoreException failed(Reason reason, boolean mayHaveBeenDone, String words) {
        return new StateStoreException(reason, mayHaveBeenDone, words, null);
    }
}
