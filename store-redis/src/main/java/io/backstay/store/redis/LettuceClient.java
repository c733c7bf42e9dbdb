package io.backstay.store.redis;

import io.backstay.TlsSettings;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider.ImmediateRedisCredentialsProvider;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.event.DefaultEventPublisherOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.EpollProvider;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The library, set up for failure: it connects once and never again by itself, keeps nothing for later and replays nothing. All
 * connections can subscribe; those that do can do everything else as well, in version 3 of the protocol. Thread-safe.
 */
final class LettuceClient {

    /** So that other Redis tools show who is connected. */
    private static final String CLIENT_NAME = "backstay";

    private static final int THREADS = 2;

    private final RedisSettings settings;
    private final ClientResources resources;
    private final boolean ownsResources;
    private final RedisClient client;
    private final Set<CompletableFuture<Void>> closing = ConcurrentHashMap.newKeySet();
    private volatile boolean shut;

    LettuceClient(RedisSettings settings, String threads) {
        this.settings = settings;
        RedisClient given = settings.client();
        this.ownsResources = given == null;
        this.resources = given == null ? resources(threads) : given.getResources();
        this.client = RedisClient.create(resources);
        client.setOptions(options(given));
    }

    private static ClientResources resources(String threads) {
        return DefaultClientResources.builder()
                .ioThreadPoolSize(THREADS)
                .computationThreadPoolSize(THREADS)
                .threadFactoryProvider(pool -> threads(threads + pool.replace("lettuce", "")))
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .commandLatencyPublisherOptions(DefaultEventPublisherOptions.disabled())
                .build();
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private ClientOptions options(@Nullable RedisClient given) {
        ClientOptions.Builder options =
                given == null ? ClientOptions.builder() : given.getOptions().mutate();
        if (given == null) {
            options.socketOptions(socket());
        }
        TlsSettings tls = settings.tls();
        if (tls != null) {
            options.sslOptions(SslOptions.builder()
                    .jdkSslProvider()
                    .handshakeTimeout(settings.connectTimeout())
                    .sslContext(builder -> {
                        builder.trustManager(tls.trustManager());
                        tls.keyManagers().forEach(builder::keyManager);
                    })
                    .build());
        }
        return options.autoReconnect(false)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .protocolVersion(ProtocolVersion.RESP3)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .timeoutOptions(TimeoutOptions.builder().build())
                .publishOnScheduler(false)
                .build();
    }

    ClientOptions options() {
        return client.getOptions();
    }

    /** Half-open connections end by the kernel's doing too, where the native transport is there. */
    private SocketOptions socket() {
        return SocketOptions.builder()
                .connectTimeout(settings.connectTimeout())
                .keepAlive(true)
                .tcpNoDelay(true)
                .tcpUserTimeout(TcpUserTimeoutOptions.builder()
                        .enable(EpollProvider.isAvailable())
                        .tcpUserTimeout(settings.commandTimeout().multipliedBy(2))
                        .build())
                .build();
    }

    /** Connects and shows who we are; ends within the connect timeout, or a little later. */
    CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> connect(
            Node node, Credentials credentials, int database) {
        RedisURI.Builder uri = RedisURI.builder()
                .withHost(node.host())
                .withPort(node.port())
                .withSsl(settings.address().tls())
                .withVerifyPeer(SslVerifyMode.FULL)
                .withDatabase(database)
                .withClientName(CLIENT_NAME)
                .withTimeout(settings.connectTimeout());
        String user = credentials.user();
        String password = credentials.password();
        if (password != null) {
            RedisCredentials who = RedisCredentials.just(user, password);
            uri.withAuthentication((ImmediateRedisCredentialsProvider) () -> who);
        }
        try {
            return client.connectPubSubAsync(ByteArrayCodec.INSTANCE, uri.build());
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Closes a connection, which has not been closed yet. */
    @SuppressWarnings("CollectionUndefinedEquality") // identity is meant
    void close(StatefulRedisPubSubConnection<byte[], byte[]> connection) {
        if (shut) {
            return;
        }
        CompletableFuture<Void> ending = connection.closeAsync();
        closing.add(ending);
        Stages.whenDone(ending, (closed, error) -> closing.remove(ending));
    }

    /** Closes all connections and ends own threads; those of a client that was given stay. */
    CompletionStage<Void> close(Duration within) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        shut = true;
        // What is closed twice is a warning in the library's log.
        CompletableFuture<Void> quiet = CompletableFuture.allOf(closing.toArray(CompletableFuture<?>[]::new))
                .exceptionally(error -> null);
        CompletableFuture<Void> shut =
                quiet.thenCompose(nothing -> client.shutdownAsync(0, within.toMillis(), TimeUnit.MILLISECONDS));
        Stages.whenDone(shut, (closed, error) -> {
            if (!ownsResources) {
                ended.complete(null);
                return;
            }
            Future<Boolean> resourcesEnded = resources.shutdown(0, within.toMillis(), TimeUnit.MILLISECONDS);
            resourcesEnded.addListener(done -> ended.complete(null));
        });
        return ended;
    }
}
