package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.BreakerStateChanged;
import io.backstay.event.CallSucceeded;
import io.backstay.spi.BackstayExtension;
import io.backstay.spi.BackstayExtensionProvider;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.ExtensionContext;
import io.backstay.spi.MetricSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a module adds is found, asked for its parts, and closed. */
class ExtensionTest {

    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    @BeforeEach
    void forget() {
        SEEN.clear();
    }

    /** Adds one of everything. */
    public static class Whole implements BackstayExtensionProvider {
        @Override
        public String name() {
            return "whole";
        }

        @Override
        public BackstayExtension create(ExtensionContext context) {
            return new Added(context);
        }
    }

    record Noticed(String service, Instant at) implements BackstayEvent {}

    static final class Added implements BackstayExtension {
        final ExtensionContext context;

        Added(ExtensionContext context) {
            this.context = context;
            context.listen(CallSucceeded.class, event -> SEEN.add("heard of " + event.service()));
            context.listen(Noticed.class, event -> {
                throw new IllegalStateException("a listener that fails");
            });
        }

        @Override
        public List<EndpointResolver> resolvers() {
            return List.of((service, listener) -> {
                if (!service.equals("added")) {
                    return Optional.empty();
                }
                listener.onInstances(List.of(ServiceInstance.of(service, URI.create("http://added:80"))));
                return Optional.of(() -> SEEN.add("watch ended"));
            });
        }

        @Override
        public List<CallInterceptor> callInterceptors() {
            return List.of(new CallInterceptor() {
                @Override
                public ServiceRequest before(ServiceRequest request) {
                    SEEN.add("call step of the extension");
                    return request;
                }
            });
        }

        @Override
        public List<AttemptInterceptor> attemptInterceptors() {
            return List.of(new AttemptInterceptor() {
                @Override
                public Headers before(Attempt attempt, Headers headers) {
                    SEEN.add("attempt step of the extension");
                    return headers.plus("X-Added", "yes");
                }
            });
        }

        @Override
        public MetricSource metrics() {
            return sink -> sink.gauge("added", Map.of(), 1);
        }

        @Override
        public void close() {
            SEEN.add("closed while the store is open: "
                    + context.stateStore().status().available());
        }
    }

    private static Backstay.Builder builder(Step... steps) {
        VirtualTime time = new VirtualTime();
        return Backstay.builder().virtualTime(time).transport(new ScriptedTransport(time, steps));
    }

    @Test
    void extensionThatIsFound_isAskedForAllItsParts() throws IOException {
        ClassPath.with(directory, BackstayExtensionProvider.class, List.of(Whole.class.getName()), () -> {
            List<String> gauges = new ArrayList<>();
            try (Backstay backstay = builder(Step.ok("x")).build()) {
                assertThat(backstay.description()).contains("extensions [whole]");
                backstay.client("added").get("/").as(String.class);
                backstay.metrics().collect(new Gauges(gauges));
            }
            assertThat(gauges).contains("added");
            assertThat(SEEN)
                    .containsExactly(
                            "call step of the extension",
                            "attempt step of the extension",
                            "heard of added",
                            "watch ended",
                            "closed while the store is open: true");
        });
    }

    @Test
    void extensionThatIsSwitchedOff_isNotMade() throws IOException {
        ClassPath.with(directory, BackstayExtensionProvider.class, List.of(Whole.class.getName()), () -> {
            try (Backstay backstay =
                    builder().setting("backstay.whole.enabled", "false").build()) {
                assertThat(backstay.description()).contains("extensions []");
                assertThatThrownBy(() -> backstay.extension(Added.class))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContainingAll("Added", "switched off");
            }
            assertThatThrownBy(() -> builder()
                            .setting("backstay.whole.enabled", "perhaps")
                            .build())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContainingAll("backstay.whole.enabled", "perhaps");
        });
    }

    @Test
    void extensionThatIsGiven_standsInThePlaceOfTheOneThatIsFound() throws IOException {
        Whole mine = new Whole() {
            @Override
            public BackstayExtension create(ExtensionContext context) {
                return new BackstayExtension() {};
            }
        };
        ClassPath.with(directory, BackstayExtensionProvider.class, List.of(Whole.class.getName()), () -> {
            try (Backstay backstay = builder().extension(mine).build()) {
                assertThatThrownBy(() -> backstay.extension(Added.class)).isInstanceOf(ConfigurationException.class);
                assertThat(backstay.extension(BackstayExtension.class)).isNotNull();
            }
        });
    }

    @Test
    void extensionWhoseMakingFails_leavesNothingOpen() {
        Whole broken = new Whole() {
            @Override
            public BackstayExtension create(ExtensionContext context) {
                throw new ConfigurationException("backstay.whole.address cannot be used");
            }
        };
        Whole first = new Whole() {
            @Override
            public String name() {
                return "first";
            }
        };
        assertThatThrownBy(() -> builder().extension(first).extension(broken).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("backstay.whole.address");
        assertThat(SEEN).containsExactly("closed while the store is open: true");
    }

    @Test
    void eventOfAModulesOwn_reachesListenersOfItsType_whateverOneOfThemThrows() {
        List<BackstayEvent> events = new ArrayList<>();
        try (Backstay backstay = builder()
                .extension(new Whole())
                .listener(Noticed.class, events::add)
                .listener(BreakerStateChanged.class, event -> SEEN.add("wrong type"))
                .build()) {
            Noticed noticed = new Noticed("added", Instant.EPOCH);
            backstay.extension(Added.class).context.publish(noticed);
            assertThat(events).containsExactly(noticed);
        }
        assertThat(SEEN).doesNotContain("wrong type");
    }

    @Test
    void storeThatIsGiven_isLentToExtensions_andStaysOpen() {
        StateStore store;
        try (Backstay own = builder().build()) {
            store = own.stateStore();
            try (Backstay backstay =
                    builder().stateStore(store).extension(new Whole()).build()) {
                assertThat(backstay.stateStore()).isSameAs(store);
                assertThat(backstay.extension(Added.class).context.stateStore()).isSameAs(store);
                assertThat(backstay.description()).contains("state store given");
            }
            assertThat(store.status().available()).isTrue();
        }
        assertThat(store.status().available()).isFalse();
    }

    @Test
    void storeThatIsNamedButNotFound_namesTheArtifactToAdd() {
        assertThatThrownBy(() -> builder().setting("backstay.store", "redis").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("backstay.store", "redis", "[memory]", "io.backstay:backstay-store-redis");
    }

    private record Gauges(List<String> names) implements MetricSource.Sink {
        @Override
        public void counter(String name, Map<String, String> labels, long value) {}

        @Override
        public void gauge(String name, Map<String, String> labels, double value) {
            names.add(name);
        }

        @Override
        public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {}
    }
}
