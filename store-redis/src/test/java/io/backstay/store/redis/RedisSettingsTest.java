package io.backstay.store.redis;

import io.backstay.ConfigurationException;
import io.backstay.spi.CacheStoreProvider;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreProvider;
import java.time.Duration;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Each setting, as it is read and as it is refused. Nothing here needs a server. */
class RedisSettingsTest {

    private static final String STORE = "backstay.store.redis.";
    private static final String CACHE = "backstay.cache.redis.";

    private static RedisSettings store(String... settings) {
        ProviderContext context = Contexts.with(ProviderContext.system(), settings);
        RedisStateStore.Builder builder = RedisStateStore.builder();
        SettingsReader reader = new SettingsReader(context, "backstay.store.redis", null);
        reader.connection(builder);
        reader.duration("command-timeout").ifPresent(builder::commandTimeout);
        return builder.settings();
    }

    private static void createStore(String... settings) {
        try (StateStore store =
                new RedisStateStoreProvider().create(Contexts.with(ProviderContext.system(), settings))) {
            throw new AssertionError("made: " + store);
        }
    }

    @Test
    void providers_areFoundByName() {
        assertThat(ServiceLoader.load(StateStoreProvider.class))
                .filteredOn(provider -> provider.name().equals("redis"))
                .hasSize(1)
                .allMatch(provider -> provider instanceof RedisStateStoreProvider);
        assertThat(ServiceLoader.load(CacheStoreProvider.class))
                .filteredOn(provider -> provider.name().equals("redis"))
                .hasSize(1)
                .allMatch(provider -> provider instanceof RedisCacheStoreProvider);
    }

    @Test
    void defaults_areThoseOfTheReadme() {
        RedisSettings settings = store(STORE + "uri", "redis://h");

        assertThat(settings.prefix()).isEqualTo("backstay");
        assertThat(settings.commandTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.queue()).isEqualTo(10_000);
        assertThat(settings.credentials()).isEqualTo(Credentials.NONE);
        assertThat(settings.tls()).isNull();
    }

    @Test
    void allSettings_areRead() {
        RedisSettings settings = store(
                STORE + "uri", "redis-sentinel://s1,s2#p",
                STORE + "user", "ada",
                STORE + "password", " pass ",
                STORE + "sentinel-user", "sentry",
                STORE + "sentinel-password", "watch",
                STORE + "prefix", "team-a:backstay",
                STORE + "command-timeout", "300ms",
                STORE + "connect-timeout", "3s",
                STORE + "queue", "77",
                STORE + "tls.trust", TlsServer.pem("ca"));

        assertThat(settings.credentials()).isEqualTo(new Credentials("ada", " pass "));
        assertThat(settings.sentinelCredentials()).isEqualTo(new Credentials("sentry", "watch"));
        assertThat(settings.prefix()).isEqualTo("team-a:backstay");
        assertThat(settings.commandTimeout()).isEqualTo(Duration.ofMillis(300));
        assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(settings.queue()).isEqualTo(77);
        assertThat(settings.tls()).isNotNull();
        assertThat(settings.toString()).doesNotContain("pass").doesNotContain("watch");
        assertThat(settings.credentials().toString()).doesNotContain("pass");
    }

    @Test
    void trustOfAllConnections_holdsWhereTheStoreHasNoneOfItsOwn() {
        assertThat(store(STORE + "uri", "rediss://h", "backstay.tls.trust", TlsServer.pem("ca"))
                        .tls())
                .isNotNull();
    }

    @Test
    void identity_isReadFromItsSettings() {
        RedisSettings settings = store(
                STORE + "uri", "rediss://h",
                STORE + "tls.trust", TlsServer.pem("ca"),
                STORE + "tls.certificate", TlsServer.pem("client"),
                STORE + "tls.key", TlsServer.pem("client.key"));

        assertThat(settings.tls()).isNotNull();
        assertThat(settings.tls().keyManagers()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "prefix,no braces {}",
        "prefix,'two words'",
        "command-timeout,1ms",
        "command-timeout,2m",
        "command-timeout,soon",
        "connect-timeout,0s",
        "connect-timeout,1h",
        "queue,0",
        "queue,-1",
        "queue,1000001",
        "queue,many",
        "user,ada",
        "sentinel-user,ada",
        "tls.trust,/no/such/file",
        "tls.certificate,/no/such/file",
        "tls.key-password,x",
        "uri,ftp://h"
    })
    void wrongValues_areRefusedWithTheSettingsName(String name, String value) {
        String uri = name.equals("uri") ? value : "redis://h";

        assertThatThrownBy(() -> createStore(STORE + "uri", uri, STORE + name, value))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(STORE + name);
    }

    @Test
    void missingUri_isRefusedWithAnExample() {
        assertThatThrownBy(() -> createStore())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(STORE + "uri must be set")
                .hasMessageContaining("redis://host:6379");
    }

    @Test
    void cache_takesTheStoresRedisWhereItNamesNone() {
        ProviderContext context = Contexts.with(
                ProviderContext.system(),
                STORE + "uri",
                "redis://store",
                STORE + "password",
                "p",
                STORE + "prefix",
                "ignored",
                CACHE + "timeout",
                "50ms",
                CACHE + "max-value-bytes",
                "10",
                CACHE + "prefix",
                "mine");
        RedisCacheStore.Builder builder = RedisCacheStore.builder();
        SettingsReader reader = new SettingsReader(context, "backstay.cache.redis", "backstay.store.redis");
        reader.connection(builder);
        RedisSettings settings = builder.settings();

        assertThat(settings.address().nodes()).containsExactly(Node.of("store", 6_379));
        assertThat(settings.credentials()).isEqualTo(new Credentials(null, "p"));
        assertThat(settings.prefix()).isEqualTo("mine");
    }

    @ParameterizedTest
    @CsvSource({"timeout,5ms", "timeout,x", "max-value-bytes,0", "max-value-bytes,67108865", "max-value-bytes,x"})
    void wrongValuesOfTheCache_areRefusedWithTheSettingsName(String name, String value) {
        ProviderContext context =
                Contexts.with(ProviderContext.system(), CACHE + "uri", "redis://h", CACHE + name, value);

        assertThatThrownBy(() -> new RedisCacheStoreProvider().create(context))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(CACHE + name);
    }
}
