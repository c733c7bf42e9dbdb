package io.backstay.registry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.MetricSource;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
import static io.backstay.registry.World.instances;
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

    private static StateWrite rubbish(String key) {
        return StateWrite.put(key, "{\"v\":1,\"rub".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void goodEntryThatIsOverwrittenByABadOne_staysAsItWasForALease_andIsSuspectThen() {
        World world = new World();
        World.Process process = world.start("client");
        world.write(StateWrite.put("users/u", GOOD.getBytes(StandardCharsets.UTF_8)));
        world.seconds(1);
        world.write(rubbish("users/u"));
        world.seconds(14);
        assertThat(process.sees("users")).containsExactly("one:80 UP");
        world.seconds(2);
        assertThat(process.sees("users")).containsExactly("one:80 SUSPECT");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void registrationThatAnotherProgramDamages_isPutBackByItsOwner(boolean withLease) {
        World world = new World();
        World.Process host = world.start("host");
        World.Process reader = world.start("reader");
        Registration own = host.registry.register(instance("users", "h0"));
        host.registry.register(instance("users", "h1"));
        world.seconds(5);
        reader.told();
        world.write(withLease ? rubbish("users/h0").withLease(World.LEASE) : rubbish("users/h0"));
        world.seconds(1);
        assertThat(reader.registry.status().damaged()).isZero();
        world.pass(Duration.ofMinutes(5));

        assertThat(reader.sees("users")).containsExactly("h0:80 UP", "h1:80 UP");
        assertThat(reader.told()).isEmpty();
        assertThat(own.isReplaced()).isFalse();
        assertThat(own.isRegistered()).isTrue();
    }

    @Test
    void entryDamagedForGood_whoseOwnerIsGone_isNotListedForEver() {
        World world = new World();
        World.Process host = world.start("host");
        World.Process other = world.start("other");
        World.Process reader = world.start("reader");
        host.registry.register(instance("users", "h0"));
        other.registry.register(instance("users", "h1"));
        world.seconds(5);
        host.kill();
        world.write(rubbish("users/h0"));
        world.pass(Duration.ofMinutes(2));
        assertThat(reader.sees("users")).containsExactly("h1:80 UP");
    }

    @Test
    void entryOfALaterBuild_isGivenWayTo_sinceItIsSomebodys() {
        World world = new World();
        Registration own = world.start("host").registry.register(instance("users", "h0"));
        world.seconds(5);
        world.write(StateWrite.put("users/h0", "{\"v\":2,\"all\":\"new\"}".getBytes(StandardCharsets.UTF_8))
                .withLease(World.LEASE));
        world.seconds(1);
        assertThat(own.isReplaced()).isTrue();
    }

    @Test
    void observationThatAnotherProgramDamages_isPublishedAgain_andCounted() {
        World world = new World();
        World.Process host = world.start("host");
        World.Process client = world.start("client");
        World.Process bystander = world.start("bystander");
        instances("users", 3).forEach(host.registry::register);
        client.use("users");
        world.seconds(90);
        StateTable observers = world.server.store().table(Observation.TABLE);
        observers.apply(rubbish("client")).toCompletableFuture().join();
        observers.apply(rubbish("stranger")).toCompletableFuture().join();
        world.dead.add("h0:80");
        world.seconds(60);
        assertThat(bystander.sees("users")).containsExactly("h0:80 DOWN", "h1:80 UP", "h2:80 UP");
        assertThat(bystander.registry.status().damaged()).isEqualTo(1);
        List<Double> gauges = new ArrayList<>();
        bystander.registry.metrics().collect(new MetricSource.Sink() {
            @Override
            public void gauge(String name, Map<String, String> labels, double value) {
                if (name.equals("registry_damaged_entries")) {
                    gauges.add(value);
                }
            }

            @Override
            public void counter(String name, Map<String, String> labels, long value) {}

            @Override
            public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {}
        });
        assertThat(gauges).containsExactly(1.0);
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
