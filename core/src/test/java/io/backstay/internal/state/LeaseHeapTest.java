package io.backstay.internal.state;

import io.backstay.spi.StateChange.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Random histories of the heap, compared with a plain list after each step. */
class LeaseHeapTest {

    private static long end(Slot slot) {
        return slot.atNanos;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void first_isAlwaysTheOneThatEndsFirst(long seed) {
        Random random = new Random(seed);
        LeaseHeap heap = new LeaseHeap();
        List<Slot> model = new ArrayList<>();
        for (int step = 0; step < 4_000; step++) {
            boolean growing = step % 1_000 < 600;
            int kind = random.nextInt(10);
            if (model.isEmpty() || kind < (growing ? 6 : 2)) {
                Slot slot = new Slot(Kind.PUT, "k" + step, new byte[0], step, 10, random.nextInt(500));
                heap.add(slot);
                model.add(slot);
            } else if (kind < 8) {
                heap.remove(model.remove(random.nextInt(model.size())));
            } else if (kind == 8) {
                Slot slot = model.get(random.nextInt(model.size()));
                slot.atNanos = random.nextInt(500);
                heap.moved(slot);
            } else if (random.nextInt(20) == 0) {
                heap.update(slot -> slot.atNanos = 500 - slot.atNanos);
            }
            assertThat(heap.isEmpty()).isEqualTo(model.isEmpty());
            if (!model.isEmpty()) {
                Slot first = heap.first();
                assertThat(first).isNotNull();
                assertThat(first.atNanos)
                        .as("step %s", step)
                        .isEqualTo(model.stream()
                                .mapToLong(LeaseHeapTest::end)
                                .min()
                                .orElseThrow());
            }
        }
        model.sort(Comparator.comparingLong(LeaseHeapTest::end));
        for (Slot expected : model) {
            Slot first = heap.first();
            assertThat(first).isNotNull();
            assertThat(first.atNanos).isEqualTo(expected.atNanos);
            heap.remove(first);
        }
        assertThat(heap.isEmpty()).isTrue();
        assertThat(heap.first()).isNull();
    }
}
