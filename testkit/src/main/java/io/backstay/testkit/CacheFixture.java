package io.backstay.testkit;

import io.backstay.spi.CacheStore;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

import static org.assertj.core.api.Assertions.assertThat;

/** What all groups of the contract share: a store, keys of the case's own. */
abstract class CacheFixture extends StoreFixture {

    /** Longer than any case. */
    static final Duration LONG = Duration.ofMinutes(5);

    static final Duration SHORT = Duration.ofMillis(300);

    CacheStore store;
    private final String prefix = Long.toHexString(RandomSource.system().nextLong()) + ":";

    abstract CacheStore newStore(ProviderContext context);

    abstract Map<CacheRequirement, String> excused();

    @BeforeEach
    void open() {
        store = anotherProcess();
    }

    CacheStore anotherProcess() {
        return closing(newStore(surroundings()));
    }

    void skipIfExcused(CacheRequirement requirement) {
        String reason = excused().get(requirement);
        Assumptions.assumeTrue(reason == null, () -> requirement + ": " + reason);
    }

    /** A key that no other case has. */
    String key(String name) {
        return prefix + name;
    }

    void put(String name, String value) {
        put(name, value, LONG);
    }

    void put(String name, String value, Duration time) {
        value(store.put(key(name), octets(value), time));
    }

    Optional<String> get(String name) {
        return get(store, name);
    }

    Optional<String> get(CacheStore from, String name) {
        return value(from.get(key(name))).map(StoreFixture::text);
    }

    void assertHit(String name, String value) {
        assertThat(get(name)).as(name).contains(value);
    }

    void assertMiss(String name) {
        assertThat(get(name)).as(name).isEmpty();
    }
}
