package io.backstay.store.redis;

import io.backstay.spi.TimeSource;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One connection, from when it is up until it is lost; then another takes its place. Thread-safe; nothing blocks.
 *
 * <p>It is watched: idle, it asks for a sign of life after half a command timeout; when nothing at all is heard for one and a half
 * of them while something is awaited, it is given up. So a server that stands still is noticed within two.
 */
final class Link {

    private final Node node;
    private final StatefulRedisPubSubConnection<byte[], byte[]> connection;
    private final Consumer<StatefulRedisPubSubConnection<byte[], byte[]>> closer;
    private final TimeSource time;
    private final long idle;
    private final long patience;
    private final AtomicInteger awaited = new AtomicInteger();
    private final CompletableFuture<RedisFailure> ended = new CompletableFuture<>();
    private final CompletableFuture<Link> itself = CompletableFuture.completedFuture(this);
    private volatile long heard;
    private volatile long awaitedSince;

    Link(
            Node node,
            StatefulRedisPubSubConnection<byte[], byte[]> connection,
            Consumer<StatefulRedisPubSubConnection<byte[], byte[]>> closer,
            MessageSink messages,
            TimeSource time,
            Duration commandTimeout) {
        this.node = node;
        this.connection = connection;
        this.closer = closer;
        this.time = time;
        this.idle = commandTimeout.toNanos() / 2;
        this.patience = commandTimeout.toNanos() * 3 / 2;
        this.heard = time.nanoTime();
        this.awaitedSince = heard;
        connection.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(byte[] channel, byte[] message) {
                heard = time.nanoTime();
                messages.message(Link.this, channel, message);
            }

            @Override
            public void subscribed(byte[] channel, long count) {
                heard = time.nanoTime();
                messages.subscribed(Link.this, channel);
            }
        });
        connection.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(io.lettuce.core.RedisChannelHandler<?, ?> handler) {
                drop(RedisFailure.unavailable("the connection to " + node + " was lost"));
            }
        });
        if (!connection.isOpen()) {
            drop(RedisFailure.unavailable("the connection to " + node + " was lost"));
        }
    }

    Node node() {
        return node;
    }

    /** Done with itself from the start. */
    CompletableFuture<Link> itself() {
        return itself;
    }

    boolean isUp() {
        return !ended.isDone();
    }

    /** Done once the connection is no more, with the reason. */
    CompletableFuture<RedisFailure> ended() {
        return ended;
    }

    /** Sends a command; no answer may ever come. Whoever waits must count the time. */
    CompletableFuture<List<Object>> send(ProtocolKeyword type, CommandArgs<byte[], byte[]> args) {
        AsyncCommand<byte[], byte[], List<Object>> command = command(type, args);
        await(command);
        connection.dispatch(command);
        return command;
    }

    /** Sends a command for a slot that is on its way to this server. */
    CompletableFuture<List<Object>> sendAsking(ProtocolKeyword type, CommandArgs<byte[], byte[]> args) {
        AsyncCommand<byte[], byte[], List<Object>> asking = command(CommandType.ASKING, args());
        AsyncCommand<byte[], byte[], List<Object>> command = command(type, args);
        await(asking);
        await(command);
        connection.dispatch(List.of(asking, command));
        return command;
    }

    static CommandArgs<byte[], byte[]> args() {
        return new CommandArgs<>(ByteArrayCodec.INSTANCE);
    }

    private static AsyncCommand<byte[], byte[], List<Object>> command(
            ProtocolKeyword type, CommandArgs<byte[], byte[]> args) {
        return new AsyncCommand<>(new Command<>(type, new NestedMultiOutput<>(ByteArrayCodec.INSTANCE), args));
    }

    private void await(CompletableFuture<List<Object>> command) {
        if (awaited.getAndIncrement() == 0) {
            awaitedSince = time.nanoTime();
        }
        Stages.whenDone(command, this::answered);
    }

    private void answered(List<Object> reply, Throwable error) {
        awaited.decrementAndGet();
        if (error == null || error instanceof RedisCommandExecutionException) {
            heard = time.nanoTime();
        } else {
            drop(RedisFailure.unavailable("the connection to " + node + " failed"));
        }
    }

    CompletionStage<Void> subscribe(byte[]... channels) {
        return connection.async().subscribe(channels);
    }

    CompletionStage<Void> unsubscribe(byte[]... channels) {
        return connection.async().unsubscribe(channels);
    }

    /** Looks whether the server is still there; to be called every now and then. */
    @SuppressWarnings("FutureReturnValueIgnored") // that it is answered is seen by answered()
    void look() {
        long now = time.nanoTime();
        if (!isUp()) {
            return;
        }
        if (awaited.get() > 0) {
            if (now - heard > patience && now - awaitedSince > patience) {
                drop(RedisFailure.unavailable(node + " does not answer"));
            }
        } else if (now - heard > idle) {
            send(CommandType.PING, args());
        }
    }

    /** Closes it; what is awaited fails. False where it has ended before. */
    boolean drop(RedisFailure why) {
        boolean first = ended.complete(why);
        if (first) {
            closer.accept(connection);
        }
        return first;
    }

    @Override
    public String toString() {
        return node.toString();
    }
}
