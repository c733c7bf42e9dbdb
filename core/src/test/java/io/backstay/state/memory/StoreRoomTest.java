package io.backstay.state.memory;

import io.backstay.ConfigurationException;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** A store in memory that may hold so much and no more. */
class StoreRoomTest {

    private static final Duration LEASE = Duration.ofSeconds(15);

    private final VirtualTime time = new VirtualTime();

    private ProviderContext context(Map<String, String> settings) {
        return new ProviderContext(
                time, time, time, RandomSource.seeded(7), task -> time.schedule(task, Duration.ZERO), settings::get);
    }

    /** Of a key of one character, and a value of 99. */
    private static StateWrite hundred(String key) {
        return StateWrite.put(key, new byte[99]);
    }

    private static <T> T value(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static void assertFull(CompletionStage<?> stage) {
        CompletionException failure = catchThrowableOfType(
                CompletionException.class, () -> stage.toCompletableFuture().join());
        assertThat(failure).hasCauseInstanceOf(StateStoreException.class);
        StateStoreException cause = (StateStoreException) failure.getCause();
        assertThat(cause.reason()).isEqualTo(Reason.FULL);
        assertThat(cause.mayHaveBeenDone()).isFalse();
        assertThat(cause).hasMessageContaining("300");
    }

    @Test
    void fullStore_refusesPutsOfAllTablesAndTakesRenewalsAndRemovals() {
        StateStore store = new MemoryStateStore(context(Map.of()), 300);
        StateTable table = store.table("one");
        long version =
                value(table.apply(hundred("a").withLease(LEASE))).versions().get(0);
        value(table.apply(StateBatch.of(List.of(hundred("b"), hundred("c")))));

        assertFull(table.apply(hundred("d")));
        assertFull(store.table("two").apply(StateWrite.put("e", new byte[0])));
        assertThat(value(table.get("d"))).isEmpty();
        assertThat(value(table.renew(List.of(new StateLease("a", version, LEASE)))))
                .isEmpty();

        assertThat(value(table.apply(StateWrite.remove("b"))).isApplied()).isTrue();
        assertThat(value(store.table("two").apply(StateWrite.put("e", new byte[98])))
                        .isApplied())
                .isTrue();
    }

    @Test
    void batchThatDoesNotFit_changesNothing() {
        StateStore store = new MemoryStateStore(context(Map.of()), 300);
        StateTable table = store.table("one");
        value(table.apply(hundred("a")));

        assertFull(
                table.apply(StateBatch.of(List.of(StateWrite.remove("a"), hundred("b"), hundred("c"), hundred("d")))));
        assertThat(value(table.get("a"))).isPresent();
        assertThat(value(table.get("b"))).isEmpty();
    }

    @Test
    void endsOfLeases_makeRoomAgain() {
        StateStore store = new MemoryStateStore(context(Map.of()), 300);
        StateTable table = store.table("one");
        value(table.apply(StateBatch.of(List.of(
                hundred("a").withLease(LEASE),
                hundred("b").withLease(LEASE),
                hundred("c").withLease(LEASE)))));
        assertFull(table.apply(hundred("d")));

        time.advance(LEASE.plusSeconds(2));
        assertThat(value(table.apply(hundred("d"))).isApplied()).isTrue();
    }

    @Test
    void emptiedStore_hasAllItsRoom() {
        MemoryStateStore store = new MemoryStateStore(context(Map.of()), 300);
        StateTable table = store.table("one");
        value(table.apply(StateBatch.of(List.of(hundred("a"), hundred("b"), hundred("c")))));

        store.startOver(null);
        assertThat(value(table.apply(StateBatch.of(List.of(hundred("d"), hundred("e"), hundred("f")))))
                        .isApplied())
                .isTrue();
        assertFull(table.apply(hundred("g")));
    }

    @Test
    void setting_isTheLimitAndIsChecked() {
        MemoryStateStoreProvider provider = new MemoryStateStoreProvider();
        StateStore store = provider.create(context(Map.of("backstay.store.memory.max-bytes", "300")));
        assertFull(store.table("one").apply(StateWrite.put("a", new byte[300])));

        for (String wrong : List.of("0", "-1", "1.5", "many", "")) {
            assertThatThrownBy(() -> provider.create(context(Map.of("backstay.store.memory.max-bytes", wrong))))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("backstay.store.memory.max-bytes");
        }
        assertThatThrownBy(() -> new MemoryStateStore(context(Map.of()), 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
