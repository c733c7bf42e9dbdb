package io.backstay.store.redis;

import io.backstay.spi.DelayScheduler;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the primary that Sentinels name: hears of a switch as one of them announces it, and asks each second, since such a word
 * may be lost. A Sentinel that is away, or whose primary cannot be reached, makes way for the next. Thread-safe.
 */
final class SentinelPrimary implements Primary, Line.Listener, MessageSink {

    private static final byte[] SWITCHED = TableKeys.octets("+switch-master");
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final double JITTER = 0.2;

    /** After so many attempts to connect another Sentinel is asked. */
    private static final int DOUBTFUL = 5;

    private final Address address;
    private final Lines lines;
    private final Line line;
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger located = new AtomicInteger();
    private volatile Consumer<Node> moved = node -> {};
    private volatile boolean closed;
    private volatile DelayScheduler.@Nullable Cancellable waiting;

    SentinelPrimary(Address address, Lines lines) {
        this.address = address;
        this.lines = lines;
        this.line = lines.quietLine(Role.SENTINEL, this::nextSentinel, this, this);
    }

    @Override
    public void start(Consumer<Node> listener) {
        moved = listener;
        line.start();
        later();
    }

    private CompletionStage<Node> nextSentinel() {
        List<Node> all = address.nodes();
        return CompletableFuture.completedStage(all.get(Math.floorMod(turn.getAndIncrement(), all.size())));
    }

    @Override
    public CompletionStage<Node> locate() {
        if (located.incrementAndGet() % DOUBTFUL == 0) {
            doubt();
        }
        return line.link().thenCompose(this::ask);
    }

    private CompletionStage<Node> ask(Link sentinel) {
        return sentinel.send(
                        CommandType.SENTINEL,
                        Link.args().add("get-master-addr-by-name").add(String.valueOf(address.primary())))
                .thenApply(reply -> node(sentinel, reply));
    }

    private Node node(Link sentinel, List<Object> reply) {
        if (reply.size() != 2) {
            throw new FailedConnection(RedisFailure.refused(
                    "the Sentinel at " + sentinel.node() + " knows no primary " + address.primary()));
        }
        try {
            long port = Replies.number(reply, 1);
            return Node.of(new String(Replies.octets(reply, 0), StandardCharsets.UTF_8), Math.toIntExact(port));
        } catch (ArithmeticException e) {
            throw Replies.damaged();
        }
    }

    /** The next Sentinel may know better. */
    @Override
    public void doubt() {
        line.turn(RedisFailure.unavailable("another Sentinel is asked"));
    }

    private void later() {
        if (closed) {
            return;
        }
        double factor = 1 - JITTER + 2 * JITTER * lines.random().nextDouble();
        waiting = lines.scheduler().schedule(this::compare, Duration.ofMillis((long) (PERIOD.toMillis() * factor)));
    }

    private void compare() {
        line.look();
        Link sentinel = line.up();
        if (sentinel != null) {
            find(sentinel);
        }
        later();
    }

    private void find(Link sentinel) {
        ask(sentinel).whenComplete((found, error) -> {
            if (error == null) {
                moved.accept(found);
            }
        });
    }

    @Override
    public void up(Line own, Link sentinel) {
        sentinel.subscribe(SWITCHED);
        find(sentinel);
    }

    @Override
    public void message(Link sentinel, byte[] channel, byte[] octets) {
        if (new String(octets, StandardCharsets.UTF_8).startsWith(address.primary() + " ")) {
            find(sentinel);
        }
    }

    @Override
    public void subscribed(Link sentinel, byte[] channel) {}

    @Override
    public void down(Line own, RedisFailure why) {}

    @Override
    public void close() {
        closed = true;
        DelayScheduler.Cancellable present = waiting;
        if (present != null) {
            present.cancel();
        }
        line.close(Calls.CLOSED);
    }
}
