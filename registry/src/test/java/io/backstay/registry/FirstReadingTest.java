package io.backstay.registry;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateWrite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;

/** What a process sees while it reads the store for the first time, and when much changes at once. */
class FirstReadingTest {

    private final World world = new World();

    private void fill(int count) {
        List<StateWrite> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writes.add(StateWrite.put(
                    "users/h" + i, InstanceEntries.encode(new InstanceEntry(instance("users", "h" + i), i))));
            if (writes.size() == 1_000) {
                world.server
                        .store()
                        .table(InstanceEntries.TABLE)
                        .apply(StateBatch.of(writes))
                        .toCompletableFuture()
                        .join();
                writes.clear();
            }
        }
    }

    @Test
    void firstList_isWhole() {
        fill(5_000);
        World.Process process = world.start("late", builder -> builder.healthCheck(HealthCheck.none()));
        process.store.delay(Duration.ofMillis(50));
        World.Use use = process.use("users");
        world.seconds(10);
        assertThat(use.lists.get(0).size()).isEqualTo(5_000);
        assertThat(process.told()).as("what was there is no news").isEmpty();
    }

    @Test
    void manyThatComeAtOnce_makeFewLists() {
        World.Process process = world.start("client", builder -> builder.healthCheck(HealthCheck.none()));
        World.Use use = process.use("users");
        world.seconds(1);
        fill(5_000);
        world.seconds(1);
        assertThat(use.last).hasSize(5_000);
        assertThat(use.lists.size()).isLessThan(10);
        assertThat(process.told()).hasSize(5_000);
    }
}
