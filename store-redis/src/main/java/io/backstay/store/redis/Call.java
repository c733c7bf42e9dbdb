package io.backstay.store.redis;

import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.lettuce.core.RedisCommandExecutionException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One operation on its way, over as many connections as it takes within its time. Never sent twice, unless a server has said that it
 * did not do it. Fails with a {@link StateStoreException} only.
 */
final class Call extends CompletableFuture<List<Object>> {

    private static final int MOST_REDIRECTIONS = 5;

    private final Request request;
    private final Router router;
    private final long begun;
    private final long deadline;
    private volatile @Nullable Link link;
    private int redirections;

    Call(Request request, Router router, long begun, long deadline) {
        this.request = request;
        this.router = router;
        this.begun = begun;
        this.deadline = deadline;
    }

    Request request() {
        return request;
    }

    long begun() {
        return begun;
    }

    long deadline() {
        return deadline;
    }

    /** Where it was sent last. */
    @Nullable
    Link link() {
        return link;
    }

    void begin() {
        over(router.link(request.slot(), request.role()), false);
    }

    /** Over this connection and no other. */
    void begin(Link pinned) {
        send(pinned, false, false);
    }

    private void over(CompletableFuture<Link> way, boolean asking) {
        Stages.whenDone(way, (found, error) -> {
            if (error == null) {
                send(found, false, asking);
            } else {
                completeExceptionally(explain(error, null));
            }
        });
    }

    private void send(Link to, boolean wholeScript, boolean asking) {
        if (isDone()) {
            return;
        }
        link = to;
        CompletableFuture<List<Object>> sent;
        try {
            sent = asking
                    ? to.sendAsking(request.keyword(wholeScript), request.args(wholeScript))
                    : to.send(request.keyword(wholeScript), request.args(wholeScript));
        } catch (RuntimeException e) {
            completeExceptionally(explain(e, to));
            return;
        }
        Stages.whenDone(sent, (reply, error) -> {
            if (error == null) {
                complete(reply);
            } else {
                failed(to, wholeScript, asking, error);
            }
        });
    }

    private void failed(Link from, boolean wholeScript, boolean asking, Throwable error) {
        if (!(error instanceof RedisCommandExecutionException answer)) {
            completeExceptionally(explain(error, from));
            return;
        }
        switch (Answers.code(answer)) {
            case "NOSCRIPT" -> {
                if (!wholeScript && request.script() != null) {
                    send(from, true, asking);
                    return;
                }
            }
            case "MOVED", "ASK" -> {
                Redirection redirection = Redirection.parse(String.valueOf(answer.getMessage()), from.node());
                if (redirection != null && redirections++ < MOST_REDIRECTIONS) {
                    over(router.redirected(redirection, request.role()), redirection.asking());
                    return;
                }
            }
            case "READONLY", "NOAUTH" -> {
                // Many commands are on their way at once, and each is answered so.
                if (from.drop(RedisFailure.unavailable(from.node() + " is not the primary any more"))) {
                    router.doubt();
                }
            }
            case "CLUSTERDOWN" -> router.doubt();
            default -> {}
        }
        completeExceptionally(Answers.explain(answer, request, from.node()));
    }

    /** @param sentTo null when nothing was sent */
    private StateStoreException explain(Throwable error, @Nullable Link sentTo) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (cause instanceof StateStoreException known) {
            return known;
        }
        if (cause instanceof FailedConnection failed) {
            return failed.failure().exception(sentTo != null && request.changes());
        }
        if (sentTo == null) {
            return new StateStoreException(Reason.UNAVAILABLE, false, "Redis cannot be reached", null);
        }
        RedisFailure why =
                sentTo.ended().getNow(RedisFailure.unavailable("the connection to " + sentTo.node() + " was lost"));
        return why.exception(request.changes());
    }

    /** Nothing has come within the time. */
    void timeOut() {
        Link sentTo = link;
        completeExceptionally(new StateStoreException(
                Reason.TIMED_OUT,
                sentTo != null && request.changes(),
                (sentTo == null ? "Redis" : sentTo.node().toString()) + " did not answer in time",
                null));
    }

    void fail(RedisFailure why) {
        completeExceptionally(why.exception(link != null && request.changes()));
    }
}
