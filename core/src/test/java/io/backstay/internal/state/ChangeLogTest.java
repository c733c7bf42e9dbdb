package io.backstay.internal.state;

import io.backstay.spi.StateChange.Kind;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Random histories of the log, compared with a sorted map. */
class ChangeLogTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void after_givesWhatIsHeldInOrderFromAnywhere(long seed) {
        Random random = new Random(seed);
        ChangeLog log = new ChangeLog();
        TreeMap<Long, Slot> model = new TreeMap<>();
        long revision = 1_000;
        for (int step = 0; step < 3_000; step++) {
            if (!model.isEmpty() && random.nextInt(100) < (step % 1_000 < 500 ? 40 : 70)) {
                Slot oneOf = model.ceilingEntry(
                                model.firstKey() + random.nextLong(model.lastKey() - model.firstKey() + 1))
                        .getValue();
                log.remove(oneOf);
                model.remove(oneOf.revision);
            } else {
                revision += 1 + random.nextInt(3);
                Slot slot = new Slot(Kind.PUT, "k" + step, new byte[0], revision, 0, 0);
                log.add(slot);
                model.put(revision, slot);
            }
            long from = 990 + random.nextLong(revision - 980);
            int limit = 1 + random.nextInt(20);
            assertThat(log.after(from, limit))
                    .as("step %s", step)
                    .isEqualTo(model.tailMap(from, false).values().stream()
                            .limit(limit)
                            .toList());
        }
        assertThat(log.after(0, Integer.MAX_VALUE))
                .isEqualTo(model.values().stream().toList());
    }
}
