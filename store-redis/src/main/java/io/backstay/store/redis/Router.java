package io.backstay.store.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Knows which connection leads where. Thread-safe; nothing blocks. */
interface Router {

    /** Begins to connect. */
    void start();

    /** The connection for a slot; fails, with a {@link FailedConnection}, when there is none now. */
    CompletableFuture<Link> link(int slot, Role role);

    /** The connection that a server of the cluster has named. */
    CompletableFuture<Link> redirected(Redirection redirection, Role role);

    /** Something is not as it was thought: find out, soon. */
    void doubt();

    /** Does something with each of its lines. */
    void each(Consumer<Line> action);

    /** Why operations fail, one for each server that is away; empty when none is. */
    List<RedisFailure> troubles();

    /** Where it is connected, in words. */
    String place();

    /** Closes all connections. */
    void close(RedisFailure why);
}
