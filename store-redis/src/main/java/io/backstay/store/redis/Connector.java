package io.backstay.store.redis;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TimeSource;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections that can be used: to a server of the right kind and age, that has told who it is. Thread-safe. */
final class Connector {

    private static final Logger log = LoggerFactory.getLogger(Connector.class);

    private final RedisSettings settings;
    private final LettuceClient client;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final ConnectFailures failures;
    private volatile boolean warnedOfEviction;

    Connector(RedisSettings settings, LettuceClient client, TimeSource time, DelayScheduler scheduler) {
        this.settings = settings;
        this.client = client;
        this.time = time;
        this.scheduler = scheduler;
        this.failures = new ConnectFailures(settings);
    }

    /** Ends within the connect timeout; fails with a {@link FailedConnection} only. */
    CompletableFuture<Link> connect(Node node, Role role, MessageSink messages) {
        boolean sentinel = role == Role.SENTINEL;
        CompletableFuture<Link> ready = new CompletableFuture<>();
        CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> connecting = client.connect(
                node,
                sentinel ? settings.sentinelCredentials() : settings.credentials(),
                sentinel ? 0 : settings.address().database());
        Stages.whenDone(connecting, (connection, error) -> {
            if (error != null) {
                ready.completeExceptionally(new FailedConnection(failures.explain(node, error, sentinel)));
            } else if (ready.isDone()) {
                client.close(connection);
            } else {
                Link link = new Link(node, connection, client::close, messages, time, settings.commandTimeout());
                Stages.whenDone(ready, (used, failed) -> {
                    if (failed != null) {
                        link.drop(RedisFailure.unavailable("it was not wanted any more"));
                    }
                });
                Stages.whenDone(link.ended(), (why, never) -> ready.completeExceptionally(new FailedConnection(why)));
                Stages.whenDone(greet(link, role), (greeted, refused) -> {
                    if (refused != null) {
                        ready.completeExceptionally(new FailedConnection(failures.explain(node, refused, sentinel)));
                    } else {
                        failures.worked();
                        ready.complete(link);
                    }
                });
            }
        });
        DelayScheduler.Cancellable timer = scheduler.schedule(
                () -> ready.completeExceptionally(new FailedConnection(failures.silent(node))),
                settings.connectTimeout());
        Stages.whenDone(ready, (used, failed) -> timer.cancel());
        return ready;
    }

    private CompletionStage<Void> greet(Link link, Role role) {
        if (role == Role.SENTINEL) {
            return CompletableFuture.completedStage(null);
        }
        List<CompletableFuture<String>> sections =
                List.of(section(link, "server"), section(link, "replication"), section(link, "memory"));
        return CompletableFuture.allOf(sections.toArray(CompletableFuture<?>[]::new))
                .thenAccept(all -> {
                    Map<String, String> fields = new HashMap<>();
                    sections.forEach(
                            each -> fields.putAll(ServerInfo.parse(each.join()).fields()));
                    check(link.node(), role, new ServerInfo(fields));
                });
    }

    private static CompletableFuture<String> section(Link link, String name) {
        return link.send(CommandType.INFO, Link.args().add(name))
                .thenApply(reply -> new String(Replies.octets(reply, 0), StandardCharsets.UTF_8));
    }

    private void check(Node node, Role role, ServerInfo info) {
        if (!info.isNewEnough()) {
            throw new FailedConnection(RedisFailure.refused(failures.tooOld(node)));
        }
        String mode = info.field("redis_mode");
        String wanted = settings.address().kind() == Address.Kind.CLUSTER ? "cluster" : "standalone";
        if (!mode.equals(wanted)) {
            throw new FailedConnection(RedisFailure.refused(node + " is "
                    + switch (mode) {
                        case "cluster" -> "a node of a cluster, wanted by redis-cluster://";
                        case "sentinel" -> "a Sentinel, wanted by redis-sentinel://";
                        default -> "no node of a cluster, wanted by redis://";
                    }
                    + "; look at " + settings.setting("uri")));
        }
        if (role.wantsPrimary() && !info.isPrimary()) {
            throw new FailedConnection(RedisFailure.unavailable(node + " is a replica"));
        }
        if (info.evictsAnything() && !warnedOfEviction) {
            warnedOfEviction = true;
            log.warn(
                    "{} throws entries away when its memory is full (maxmemory-policy {}); shared state wants noeviction or"
                            + " a volatile- policy",
                    node,
                    info.field("maxmemory_policy"));
        }
    }
}
