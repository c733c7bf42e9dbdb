package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.spi.StateWrite;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.EpollProvider;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** How the library is set up: our own client, and one that is derived from a user's. */
class GivenClientTest {

    private static RedisSettings settings(RedisStateStore.Builder builder) {
        return builder.uri("redis://127.0.0.1").settings();
    }

    @Test
    void ownClient_neverConnectsAnewByItselfNorKeepsAnything() {
        LettuceClient client = new LettuceClient(settings(RedisStateStore.builder()), "backstay-redis-test");
        ClientOptions options = client.options();

        assertThat(options.isAutoReconnect()).isFalse();
        assertThat(options.isRejectCommandsWhileDisconnected()).isTrue();
        assertThat(options.getConfiguredProtocolVersion()).isEqualTo(ProtocolVersion.RESP3);
        assertThat(options.getTimeoutOptions().isTimeoutCommands()).isFalse();
        SocketOptions socket = options.getSocketOptions();
        assertThat(socket.isTcpNoDelay()).isTrue();
        assertThat(socket.isKeepAlive()).isTrue();
        assertThat(socket.isEnableTcpUserTimeout()).isEqualTo(EpollProvider.isAvailable());
        assertThat(socket.getTcpUserTimeout().getTcpUserTimeout()).isEqualTo(Duration.ofSeconds(2));
        Eventually.get(client.close(Duration.ofSeconds(1)));
    }

    @Test
    void givenClient_sharesItsThreadsAndStaysOpen() {
        try (RedisProcess redis = RedisProcess.server()) {
            ClientResources resources = ClientResources.create();
            RedisClient given = RedisClient.create(resources, redis.uri());
            given.setOptions(ClientOptions.builder()
                    .protocolVersion(ProtocolVersion.RESP2)
                    .requestQueueSize(500)
                    .build());
            RedisStateStore store =
                    RedisStateStore.builder().uri(redis.uri()).client(given).build();
            Eventually.get(store.table("things").apply(StateWrite.put("a", "x".getBytes(StandardCharsets.UTF_8))));
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().startsWith("backstay-redis-"));
            store.close();

            assertThat(given.getOptions().isAutoReconnect()).isTrue();
            assertThat(given.getOptions().getConfiguredProtocolVersion()).isEqualTo(ProtocolVersion.RESP2);
            try (StatefulRedisConnection<String, String> connection = given.connect()) {
                assertThat(connection.sync().ping()).isEqualTo("PONG");
            }
            given.shutdown();
            assertThat(resources.shutdown(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void givenClientsOptions_areKeptButForWhatMustHold() {
        RedisClient given = RedisClient.create();
        given.setOptions(ClientOptions.builder().requestQueueSize(500).build());
        LettuceClient client =
                new LettuceClient(settings(RedisStateStore.builder().client(given)), "unused");

        assertThat(client.options().getRequestQueueSize()).isEqualTo(500);
        assertThat(client.options().isAutoReconnect()).isFalse();
        Eventually.get(client.close(Duration.ofSeconds(1)));
        given.shutdown();
    }
}
