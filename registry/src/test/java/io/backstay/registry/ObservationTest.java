package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateWrite;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;

/** What a process publishes of its checks, and what of it finds room. */
class ObservationTest {

    private static Set<String> names(int count, int length) {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            names.add(String.format(Locale.ROOT, "users/%05d%s", i, "x".repeat(length - 11)));
        }
        return names;
    }

    private static Observation published(Observation.Encoded encoded) {
        return new Observations().decode(new StateEntry("one", encoded.octets(), 1, null));
    }

    @Test
    void thousandsThatAreDown_areAllPublished() {
        Set<String> down = names(5_000, 40);
        Observation.Encoded encoded = Observation.of("one", Set.of("users"), Set.of("users"), down, Set.of())
                .encode();
        assertThat(encoded.leftOut()).isZero();
        assertThat(published(encoded).down()).isEqualTo(down);
    }

    @Test
    void moreThanHasRoom_isLeftOut_andCounted_andTheStoreTakesTheRest() {
        Set<String> many = names(20_000, 40);
        Observation.Encoded encoded =
                Observation.of("one", many, many, many, many).encode();
        Observation published = published(encoded);
        assertThat(encoded.octets().length).isLessThan(StateStore.MAX_VALUE_BYTES);
        assertThat(published.down()).hasSizeGreaterThan(1_000);
        assertThat(published.alive()).hasSizeGreaterThan(1_000);
        assertThat(published.ready()).isEqualTo(published.services()).hasSizeGreaterThan(1_000);
        int there = 2 * published.services().size()
                + published.down().size()
                + published.alive().size();
        assertThat(encoded.leftOut()).isEqualTo(80_000 - there);
    }

    @Test
    void namesThatTakeMoreOctetsThanCharacters_areMeasuredAsTheyAreWritten() {
        Set<String> wide = new TreeSet<>();
        names(5_000, 40).forEach(name -> wide.add(name.replace('x', '€').replace('0', '"')));
        Observation.Encoded encoded =
                Observation.of("one", Set.of(), Set.of(), wide, Set.of()).encode();
        assertThat(encoded.octets().length).isBetween(Observation.MOST_BYTES - 200, Observation.MOST_BYTES + 200);
        assertThat(published(encoded).down()).hasSize(5_000 - encoded.leftOut());
    }

    @Test
    void leftOut_isToldByTheFigures_andTheRestIsHeardByOthers() {
        World world = new World();
        World.Process bystander = world.start("bystander");
        World.Process client = world.start("client");
        for (int i = 0; i < 1_100; i++) {
            ServiceInstance one = instance("users", "h" + i).toBuilder()
                    .id(String.format(Locale.ROOT, "%04d", i) + "x".repeat(250))
                    .build();
            world.write(StateWrite.put(InstanceEntries.key(one), InstanceEntries.encode(new InstanceEntry(one, 1))));
            world.dead.add(one.address());
        }
        client.use("users");
        world.seconds(120);
        assertThat(client.sees("users")).allMatch(each -> each.endsWith("DOWN"));
        double leftOut = RegistryMetricsTest.figures(client.registry.metrics()).get("unpublished_observations{}");
        assertThat(leftOut).isBetween(100.0, 200.0);
        assertThat(bystander.sees("users"))
                .filteredOn(each -> each.endsWith("UP"))
                .hasSize((int) leftOut);
    }
}
