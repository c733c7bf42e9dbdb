package io.backstay.store.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What docs/redis-layout.md and the README say of rights, keys and settings is what the tests run with. */
class LayoutDocTest {

    private static String text(String file) throws IOException {
        return Files.readString(Path.of("..").resolve(file)).replaceAll("\\s+", " ");
    }

    @Test
    void rights_areThoseThatTheContractPassesWith() throws IOException {
        assertThat(text("docs/redis-layout.md"))
                .contains(NarrowRights.STORE)
                .contains(NarrowRights.IN_A_CLUSTER)
                .contains(NarrowRights.SENTINEL)
                .contains(NarrowRights.CACHE);
    }

    @Test
    void keysAndFieldsAndMessages_areAllThere() throws IOException {
        assertThat(text("docs/redis-layout.md"))
                .contains("`meta`", "`values`", "`versions`", "`expiry`", "`leases`", "`removed`", ":changes")
                .contains("`format`", "`epoch`", "`replid`", "`revision`", "`floor`", "`swept`", "`held`")
                .contains("`longest`", "`shortest`", "`marked`", "`mark`", "`old`", "`strays`");
    }

    @Test
    void settings_areAllThere() throws IOException {
        String readme = text("store-redis/README.md");
        for (String name : List.of(
                "uri",
                "user",
                "password",
                "sentinel-user",
                "sentinel-password",
                "tls.trust",
                "tls.certificate",
                "tls.key",
                "tls.key-password",
                "prefix",
                "command-timeout",
                "connect-timeout",
                "queue")) {
            assertThat(readme).contains("`backstay.store.redis." + name + "`");
        }
        assertThat(readme)
                .contains("`backstay.cache.redis.timeout`")
                .contains("`backstay.cache.redis.max-value-bytes`");
    }
}
