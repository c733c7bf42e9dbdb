package io.backstay.store.redis;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one {@link Link} up, for ever: connects in the background, and again whenever it is lost, after 100 ms to 5 s, jittered.
 * Thread-safe; nothing blocks.
 */
final class Line {

    /** Why one is not up that has not failed yet. */
    static final RedisFailure CONNECTING = RedisFailure.unavailable("not reached yet");

    private static final long STEADY_NANOS = Duration.ofSeconds(5).toNanos();

    /** Is told what becomes of the line; never while its lock is held. */
    interface Listener {
        void up(Line line, Link link);

        /** A link was lost, or did not come about. */
        void down(Line line, RedisFailure why);
    }

    private final Role role;
    private final Supplier<CompletionStage<Node>> target;
    private final Connector connector;
    private final MessageSink messages;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final RandomSource random;
    private final Listener listener;

    /** Done when the first attempt has ended; until then it is waited for, later nobody is kept waiting. */
    private final CompletableFuture<Link> first = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Link link;
    private volatile @Nullable RedisFailure failure;

    /** Where the last attempt went. */
    private volatile @Nullable Node aim;

    private long upSince;
    private int failures;
    private long attempt;
    private DelayScheduler.@Nullable Cancellable waiting;
    private boolean started;
    private boolean closed;

    Line(
            Role role,
            Supplier<CompletionStage<Node>> target,
            Connector connector,
            MessageSink messages,
            TimeSource time,
            DelayScheduler scheduler,
            RandomSource random,
            Listener listener) {
        this.role = role;
        this.target = target;
        this.connector = connector;
        this.messages = messages;
        this.time = time;
        this.scheduler = scheduler;
        this.random = random;
        this.listener = listener;
    }

    Role role() {
        return role;
    }

    /** Begins, unless it has. */
    void start() {
        lock.lock();
        try {
            if (started || closed) {
                return;
            }
            started = true;
        } finally {
            lock.unlock();
        }
        connect();
    }

    /** The link that is up; nothing when there is none. */
    @Nullable
    Link up() {
        Link present = link;
        return present != null && present.isUp() ? present : null;
    }

    /** The link that is up, or that the first attempt leads to; fails at once, with a {@link FailedConnection}, when there is none. */
    CompletableFuture<Link> link() {
        Link present = up();
        if (present != null) {
            return present.itself();
        }
        if (!first.isDone()) {
            return first;
        }
        return CompletableFuture.failedFuture(new FailedConnection(failure()));
    }

    /** Why it is not up. */
    RedisFailure failure() {
        RedisFailure known = failure;
        return known == null ? CONNECTING : known;
    }

    /** Leaves the server that it has, or waits for, and looks for its target anew, at once. */
    void turn(RedisFailure why) {
        Link left;
        lock.lock();
        try {
            if (!started || closed) {
                return;
            }
            left = link;
            link = null;
            failure = why;
            aim = null;
            failures = 0;
            attempt++;
            if (waiting != null) {
                waiting.cancel();
                waiting = null;
            }
        } finally {
            lock.unlock();
        }
        if (left != null) {
            left.drop(why);
            listener.down(this, why);
        }
        connect();
    }

    /** The same, unless it leads to this server, or is about to. */
    void turnTo(Node to, RedisFailure why) {
        Node present = aim;
        if (present != null && !present.equals(to)) {
            turn(why);
        }
    }

    /** Waits no longer, if it does. */
    void hurry() {
        lock.lock();
        try {
            if (closed || waiting == null) {
                return;
            }
            waiting.cancel();
            waiting = null;
        } finally {
            lock.unlock();
        }
        connect();
    }

    /** Looks whether the server is still there. */
    void look() {
        Link present = link;
        if (present != null) {
            present.look();
        }
    }

    void close(RedisFailure why) {
        Link left;
        lock.lock();
        try {
            closed = true;
            left = link;
            link = null;
            failure = why;
            attempt++;
            if (waiting != null) {
                waiting.cancel();
            }
        } finally {
            lock.unlock();
        }
        first.completeExceptionally(new FailedConnection(why));
        if (left != null) {
            left.drop(why);
        }
    }

    private void connect() {
        long number;
        lock.lock();
        try {
            if (closed || link != null) {
                return;
            }
            number = ++attempt;
            waiting = null;
        } finally {
            lock.unlock();
        }
        CompletionStage<Link> connecting;
        try {
            connecting = target.get().thenCompose(node -> {
                aim = node;
                return connector.connect(node, role, messages);
            });
        } catch (RuntimeException e) {
            connecting = CompletableFuture.failedStage(e);
        }
        connecting.whenComplete((made, error) -> {
            if (error == null) {
                connected(number, made);
            } else {
                failed(number, explain(error));
            }
        });
    }

    private static RedisFailure explain(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause instanceof FailedConnection known
                ? known.failure()
                : RedisFailure.unavailable(
                        "connecting failed by " + cause.getClass().getSimpleName());
    }

    private void connected(long number, Link made) {
        boolean wanted;
        lock.lock();
        try {
            wanted = !closed && number == attempt;
            if (wanted) {
                link = made;
                failure = null;
                upSince = time.nanoTime();
            }
        } finally {
            lock.unlock();
        }
        if (!wanted) {
            made.drop(RedisFailure.unavailable("another server is wanted by now"));
            return;
        }
        listener.up(this, made);
        first.complete(made);
        Stages.whenDone(made.ended(), (why, never) -> lost(made, why));
    }

    private void failed(long number, RedisFailure why) {
        lock.lock();
        try {
            if (closed || number != attempt) {
                return;
            }
            failure = why;
            failures++;
            waiting = scheduler.schedule(this::connect, ReconnectDelay.after(failures, random));
        } finally {
            lock.unlock();
        }
        listener.down(this, why);
        first.completeExceptionally(new FailedConnection(why));
    }

    private void lost(Link lost, RedisFailure why) {
        lock.lock();
        try {
            if (closed || link != lost) {
                return;
            }
            link = null;
            failure = why;
            failures = time.nanoTime() - upSince > STEADY_NANOS ? 0 : failures + 1;
            waiting = scheduler.schedule(this::connect, ReconnectDelay.after(failures, random));
        } finally {
            lock.unlock();
        }
        listener.down(this, why);
    }
}
