package io.backstay.registry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateWrite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Entries that another program wrote, or that are damaged. */
class BadEntriesTest {

    private static final String GOOD =
            "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"owner\":\"1f\"}";

    private final InstanceEntries entries = new InstanceEntries(UnaryOperator.identity());

    private InstanceEntry decode(String key, String json) {
        return entries.decode(new StateEntry(key, json.getBytes(StandardCharsets.UTF_8), 1, null));
    }

    @Test
    void entryWithTheLeast_isRead_andMembersThatAreNotKnown_areIgnored() {
        String more = GOOD.replace("\"v\":1", "\"v\":1,\"later\":{\"deep\":[1,2,{\"x\":null}]},\"zone\":null");
        assertThat(decode("users/u", more)).isEqualTo(decode("users/u", GOOD));
        assertThat(decode("users/u", GOOD).owner()).isEqualTo(0x1f);
    }

    @Test
    void whatManyInstancesSay_isKeptOnce() {
        String json = "{\"v\":1,\"service\":\"users\",\"id\":\"1\",\"host\":\"one\",\"port\":1,\"tags\":[\"a\",\"b\"]}";
        StateEntry entry = new StateEntry("users/1", json.getBytes(StandardCharsets.UTF_8), 1, null);
        ServiceInstance first = entries.decode(entry).instance();
        ServiceInstance second = entries.decode(entry).instance();
        assertThat(second.tags()).isSameAs(first.tags()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void everyInstance_comesBackAsItWas() {
        ServiceInstance odd = ServiceInstance.builder("a/b%2F\"ü")
                .id("http://x/1")
                .host("::1")
                .port(65_535)
                .weight(0)
                .metadata(Map.of("k\"", "v\\\u2028"))
                .build();
        InstanceEntry entry = new InstanceEntry(odd, -1);
        String key = InstanceEntries.key(odd);
        assertThat(entries.decode(new StateEntry(key, InstanceEntries.encode(entry), 1, null)))
                .isEqualTo(entry);
        assertThat(InstanceEntries.service(key)).isEqualTo("a/b%2F\"ü");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"text\"",
                "{",
                "{\"v\":1}",
                "{\"v\":2,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80}",
                "{\"v\":\"1\",\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80}",
                "{\"v\":1,\"service\":\"orders\",\"id\":\"u\",\"host\":\"one\",\"port\":80}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"other\",\"host\":\"one\",\"port\":80}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":0}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":65536}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80.5}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":\"80\"}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":99999999999999999999}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"a b\",\"port\":80}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"weight\":-1}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"weight\":1e999}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"tags\":{}}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"tags\":[1]}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"metadata\":{\"a\":1}}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"status\":\"GREAT\"}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"secure\":\"yes\"}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"owner\":\"xyz\"}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"basePath\":\"x\"}",
                "{\"v\":1,\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80} trailing",
            })
    void entryThatIsNone_isRefused_withoutAWordOfWhatItHolds(String json) {
        assertThatThrownBy(() -> decode("users/u", json))
                .isInstanceOf(ConfigurationException.class)
                .hasNoCause()
                .message()
                .doesNotContain("GREAT", "xyz", "trailing");
    }

    @Test
    void controlCharactersAndTooMuchMetadata_areRefused() {
        assertThatThrownBy(() -> decode("us\\ners/u", GOOD.replace("users", "us\\ners")))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() ->
                        decode("users/u", GOOD.replace("}", ",\"metadata\":{\"k\":\"" + "x".repeat(9_000) + "\"}}")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("metadata");
        assertThatThrownBy(() -> decode("users/u", GOOD.replace("}", ",\"x\":\"" + "x".repeat(70_000) + "\"}")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("too long");
        assertThatThrownBy(() -> decode("users/u", "[".repeat(10_000))).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void changedOctets_areReadOrRefused_neverAnythingElse() {
        byte[] good = InstanceEntries.encode(new InstanceEntry(
                instance("users", "u").toBuilder()
                        .tags(List.of("a", "b"))
                        .metadata(Map.of("k", "v"))
                        .weight(2)
                        .zone("z")
                        .build(),
                7));
        Random random = new Random(42);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] octets = good.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(entries.decode(new StateEntry("users/u", octets, 1, null))
                                .instance()
                                .service())
                        .isEqualTo("users");
            } catch (ConfigurationException expected) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(10_000);
    }

    @Test
    void badEntries_areSkippedCountedAndLoggedOnce_andHurtNobody() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("io.backstay.state");
        logger.setLevel(Level.WARN);
        logger.addAppender(log);
        log.start();
        try {
            World world = new World();
            World.Process process = world.start("client");
            World.Use use = process.use("users");
            world.write(StateWrite.put("users/u1", "SECRET".getBytes(StandardCharsets.UTF_8)));
            world.write(StateWrite.put("no-key-of-ours", GOOD.getBytes(StandardCharsets.UTF_8)));
            process.registry.register(instance("users", "u2"));
            world.seconds(300);

            assertThat(use.sees()).containsExactly("u2:80 UP");
            assertThat(process.registry.status().damaged()).isEqualTo(2);
            assertThat(log.list)
                    .filteredOn(event -> event.getFormattedMessage().contains("cannot be used"))
                    .hasSize(2);
            assertThat(log.list).noneMatch(event -> event.getFormattedMessage().contains("SECRET"));
        } finally {
            logger.detachAppender(log);
            logger.setLevel(null);
        }
    }

    @Test
    void goodEntryThatIsOverwrittenByABadOne_staysAsItWas() {
        World world = new World();
        World.Process process = world.start("client");
        world.write(StateWrite.put("users/u", GOOD.getBytes(StandardCharsets.UTF_8)));
        world.seconds(1);
        world.write(StateWrite.put("users/u", new byte[] {1, 2, 3}));
        world.seconds(60);
        assertThat(process.sees("users")).containsExactly("one:80 UP");
    }

    @Test
    void badObservations_areSkippedToo() {
        World world = new World();
        World.Process process = world.start("client");
        List<String> bad =
                new ArrayList<>(List.of("{}", "{\"v\":1,\"down\":\"x\"}", "{\"v\":1,\"services\":[1]}", "x"));
        for (int i = 0; i < bad.size(); i++) {
            world.server
                    .store()
                    .table(Observation.TABLE)
                    .apply(StateWrite.put("p" + i, bad.get(i).getBytes(StandardCharsets.UTF_8)))
                    .toCompletableFuture()
                    .join();
        }
        World.Use use = process.use("users");
        process.registry.register(instance("users", "u"));
        world.seconds(120);
        assertThat(use.sees()).containsExactly("u:80 UP");
    }
}
