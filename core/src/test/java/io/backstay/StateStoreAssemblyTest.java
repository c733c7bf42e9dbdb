package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.internal.state.MemoryStateStore;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreProvider;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Which state store is used, and for how long. */
class StateStoreAssemblyTest {

    private static final List<StateStore> MADE = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    private final VirtualTime time = new VirtualTime();

    /** Stronger than any other, and still not to be used unless it is named. */
    public static final class Strong implements StateStoreProvider {
        @Override
        public String name() {
            return "strong";
        }

        @Override
        public int priority() {
            return 1_000;
        }

        @Override
        public StateStore create(ProviderContext context) {
            StateStore store = new MemoryStateStore(context);
            MADE.add(store);
            return store;
        }
    }

    public static final class Refusing implements StateStoreProvider {
        @Override
        public String name() {
            return "refusing";
        }

        @Override
        public StateStore create(ProviderContext context) {
            throw new ConfigurationException("backstay.store.refusing.uri is not set");
        }
    }

    public static final class Broken implements StateStoreProvider {
        public Broken() {
            throw new IllegalStateException("cannot be made");
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public StateStore create(ProviderContext context) {
            throw new AssertionError("it was never made");
        }
    }

    private Backstay.Builder builder() {
        return Backstay.builder()
                .virtualTime(time)
                .environment(Map.of())
                .endpoint("users", URI.create("http://users:1"))
                .transport(new ScriptedTransport(time, Step.ok("ada")));
    }

    private void withStores(Runnable test) throws IOException {
        ClassPath.with(
                directory,
                StateStoreProvider.class,
                List.of(Strong.class.getName(), Refusing.class.getName(), Broken.class.getName()),
                test);
    }

    @Test
    void storeThatNobodyNamed_isNeverUsed_howeverStrongItIs() throws IOException {
        withStores(() -> {
            int before = MADE.size();
            try (Backstay backstay = builder().build()) {
                assertThat(backstay.stateStore()).isInstanceOf(MemoryStateStore.class);
                assertThat(backstay.description()).contains("state store memory (found [strong, memory, refusing])");
            }
            assertThat(MADE).hasSize(before);
        });
    }

    @Test
    void storeThatIsNamed_isUsed_byAnyKindOfSetting() throws IOException {
        withStores(() -> {
            List<Backstay.Builder> builders = List.of(
                    builder().setting("backstay.store", "strong"),
                    builder().environment(Map.of("BACKSTAY_STORE", "strong")));
            for (Backstay.Builder builder : builders) {
                try (Backstay backstay = builder.build()) {
                    assertThat(backstay.stateStore()).isSameAs(MADE.get(MADE.size() - 1));
                    assertThat(backstay.description()).contains("state store strong");
                }
            }
        });
    }

    @Test
    void storeThatIsGiven_isStrongerThanOneThatIsNamed() throws IOException {
        withStores(() -> {
            try (StateStore own = new MemoryStateStore(ProviderContext.system())) {
                Backstay.Builder builder =
                        builder().setting("backstay.store", "strong").stateStore(own);
                try (Backstay backstay = builder.build()) {
                    assertThat(backstay.stateStore()).isSameAs(own);
                }
                assertThat(own.status().available()).isTrue();
            }
        });
    }

    @Test
    void storeThatIsNamedButBroken_saysWhatIsBroken() throws IOException {
        withStores(() -> assertThatThrownBy(
                        () -> builder().setting("backstay.store", "broken").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(
                        "backstay.store", "broken", "[strong, memory, refusing]", "could not be loaded"));
    }

    @Test
    void storeThatCannotBeMade_leavesNothingOpen() throws IOException {
        withStores(() -> {
            List<ScriptedTransport> transports = FoundTransports.One.made;
            try {
                ClassPath.with(
                        directory.resolve("transports"),
                        HttpTransportProvider.class,
                        List.of(FoundTransports.One.class.getName()),
                        () -> assertThatThrownBy(() -> Backstay.builder()
                                        .setting("backstay.store", "refusing")
                                        .build())
                                .isInstanceOf(ConfigurationException.class)
                                .hasMessage("backstay.store.refusing.uri is not set"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            assertThat(transports.get(transports.size() - 1).closed).isTrue();
        });
    }

    @Test
    void storeInMemory_livesOnTheTimeThatWasGiven() {
        try (Backstay backstay = builder().build()) {
            StateTable table = backstay.stateStore().table("t");
            table.apply(StateWrite.put("a", new byte[1]).withLease(Duration.ofSeconds(15)));

            time.advance(Duration.ofSeconds(14));
            assertThat(table.get("a").toCompletableFuture().join()).isPresent();
            time.advance(Duration.ofSeconds(1));
            assertThat(table.get("a").toCompletableFuture().join()).isEmpty();
        }
    }

    @Test
    void figuresOfTheStore_areAmongAll() {
        try (Backstay backstay = builder().build()) {
            backstay.stateStore().table("t").apply(StateWrite.put("a", new byte[1]));
            List<String> figures = new ArrayList<>();
            backstay.metrics().collect(new MetricSource.Sink() {
                @Override
                public void counter(String name, Map<String, String> labels, long value) {
                    figures.add(name + labels + value);
                }

                @Override
                public void gauge(String name, Map<String, String> labels, double value) {
                    counter(name, labels, (long) value);
                }

                @Override
                public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {
                    counter(name, labels, value.count());
                }
            });

            assertThat(figures).contains("state_changes{table=t}1", "state_entries{table=t}1");
        }
    }

    @Test
    void store_isOpenUntilTheLastCallHasEnded() {
        List<Boolean> openInTheCall = new ArrayList<>();
        ScriptedTransport slow = new ScriptedTransport(time, Step.ok("ada").after(Duration.ofSeconds(2)));
        Backstay backstay = Backstay.builder()
                .virtualTime(time)
                .environment(Map.of())
                .endpoint("users", URI.create("http://users:1"))
                .transport(slow)
                .build();
        StateStore store = backstay.stateStore();
        CompletableFuture<Void> call = backstay.client("users")
                .get("/")
                .executeAsync()
                .thenAccept(response -> openInTheCall.add(store.status().available()));

        backstay.close();

        assertThat(call).isCompleted();
        assertThat(openInTheCall).containsExactly(true);
        assertThat(store.status().available()).isFalse();
    }
}
