package io.backstay.store.redis;

import io.backstay.spi.DelayScheduler;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The servers of a cluster: one connection, to any of them, says which has which slot; there are more for each that is used.
 * It asks anew when a server redirects, when a connection is lost, and every 15 s.
 */
final class ClusterRouter implements Router, Line.Listener {

    private static final Duration PERIOD = Duration.ofSeconds(15);
    private static final Duration SOON = Duration.ofMillis(200);
    private static final double JITTER = 0.2;

    private record Way(Node node, Role role) {}

    private final Address address;
    private final Lines lines;
    private final Runnable moved;
    private final Line topology;
    private final Map<Way, Line> ways = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicBoolean askingSoon = new AtomicBoolean();

    /** Done when it is known for the first time where the slots are, or that it cannot be. */
    private final CompletableFuture<SlotMap> first = new CompletableFuture<>();

    private volatile SlotMap slots = SlotMap.EMPTY;
    private volatile boolean closed;
    private volatile DelayScheduler.@Nullable Cancellable waiting;

    ClusterRouter(Address address, Lines lines, Runnable moved) {
        this.address = address;
        this.lines = lines;
        this.moved = moved;
        this.topology = lines.line(Role.TOPOLOGY, this::anyNode, this);
    }

    @Override
    public void start() {
        topology.start();
        periodically();
    }

    /** In turn those that are known and those that were named at the start. */
    private CompletionStage<Node> anyNode() {
        Set<Node> nodes = new LinkedHashSet<>(slots.all());
        nodes.addAll(address.nodes());
        List<Node> all = List.copyOf(nodes);
        return CompletableFuture.completedStage(all.get(Math.floorMod(turn.getAndIncrement(), all.size())));
    }

    @Override
    public CompletableFuture<Link> link(int slot, Role role) {
        Node node = slots.primary(slot);
        if (node != null) {
            return way(node, role);
        }
        if (!first.isDone()) {
            return first.thenCompose(known -> link(slot, role));
        }
        askSoon();
        return CompletableFuture.failedFuture(new FailedConnection(
                slots.isEmpty()
                        ? topology.failure()
                        : RedisFailure.unavailable("no server of the cluster has the slot " + slot)));
    }

    private CompletableFuture<Link> way(Node node, Role role) {
        Way way = new Way(node, role);
        Line line = ways.get(way);
        if (line == null) {
            line = ways.computeIfAbsent(
                    way, same -> lines.line(role, () -> CompletableFuture.completedStage(node), this));
            if (closed) {
                line.close(Calls.CLOSED);
            }
            line.start();
        }
        return line.link();
    }

    @Override
    public CompletableFuture<Link> redirected(Redirection redirection, Role role) {
        if (!redirection.asking()) {
            slots = slots.with(redirection.slot(), redirection.node());
            askSoon();
        }
        return way(redirection.node(), role);
    }

    @Override
    public void doubt() {
        askSoon();
    }

    private void periodically() {
        if (closed) {
            return;
        }
        ask();
        double factor = 1 - JITTER + 2 * JITTER * lines.random().nextDouble();
        waiting =
                lines.scheduler().schedule(this::periodically, Duration.ofMillis((long) (PERIOD.toMillis() * factor)));
    }

    private void askSoon() {
        if (!closed && askingSoon.compareAndSet(false, true)) {
            lines.scheduler()
                    .schedule(
                            () -> {
                                askingSoon.set(false);
                                ask();
                            },
                            SOON);
        }
    }

    private void ask() {
        Link link = topology.up();
        if (link == null || closed) {
            return;
        }
        Stages.whenDone(
                link.send(CommandType.CLUSTER, Link.args().add("SLOTS"))
                        .thenApply(reply -> SlotMap.parse(reply, link.node())),
                (found, error) -> {
                    if (error == null && !found.isEmpty()) {
                        learn(found);
                    } else {
                        // It may be cut off from the others, or have forgotten them.
                        first.completeExceptionally(new FailedConnection(
                                RedisFailure.unavailable(link.node() + " does not know where the slots are")));
                        link.drop(RedisFailure.unavailable("another server of the cluster is asked"));
                    }
                });
    }

    private void learn(SlotMap found) {
        slots = found;
        ways.forEach((way, line) -> {
            if (!found.isPrimary(way.node()) && ways.remove(way, line)) {
                line.close(RedisFailure.unavailable(way.node() + " is no longer a primary of the cluster"));
            }
        });
        first.complete(found);
        moved.run();
    }

    @Override
    public void up(Line line, Link link) {
        if (line.role() == Role.TOPOLOGY) {
            ask();
        }
    }

    @Override
    public void down(Line line, RedisFailure why) {
        if (line.role() == Role.TOPOLOGY) {
            first.completeExceptionally(new FailedConnection(why));
        } else {
            askSoon();
        }
    }

    @Override
    public void each(Consumer<Line> action) {
        action.accept(topology);
        ways.values().forEach(action);
    }

    /** Servers count that have slots and are used. */
    @Override
    public List<RedisFailure> troubles() {
        List<RedisFailure> troubles = new ArrayList<>();
        if (slots.isEmpty()) {
            troubles.add(topology.failure());
        }
        ways.forEach((way, line) -> {
            RedisFailure failure = line.failure();
            // One that is used for the first time is no trouble yet.
            if (way.role() == Role.COMMANDS
                    && line.up() == null
                    && !failure.equals(Line.CONNECTING)
                    && slots.isPrimary(way.node())) {
                troubles.add(failure);
            }
        });
        return troubles;
    }

    @Override
    public String place() {
        return address.toString();
    }

    @Override
    public void close(RedisFailure why) {
        closed = true;
        DelayScheduler.Cancellable present = waiting;
        if (present != null) {
            present.cancel();
        }
        first.completeExceptionally(new FailedConnection(why));
        each(line -> line.close(why));
    }
}
