package io.backstay.internal.endpoint;

import io.backstay.ServiceInstance;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class StackedResolverTest {

    /** A source that says what the test has it say. */
    private static final class Source implements EndpointResolver {
        @Nullable
        InstanceListener listener;

        boolean knows = true;
        boolean closed;
        List<ServiceInstance> atOnce = List.of();

        @Override
        public Optional<Watch> watch(String service, InstanceListener listener) {
            this.listener = listener;
            if (!knows) {
                return Optional.empty();
            }
            if (!atOnce.isEmpty()) {
                listener.onInstances(atOnce);
            }
            return Optional.of(() -> closed = true);
        }

        void tell(String... hosts) {
            assertThat(listener).isNotNull();
            listener.onInstances(at(hosts));
        }
    }

    private final Source upper = new Source();
    private final Source lower = new Source();
    private final List<List<String>> told = new ArrayList<>();

    private static List<ServiceInstance> at(String... hosts) {
        return List.of(hosts).stream()
                .map(host -> ServiceInstance.of("users", URI.create("http://" + host)))
                .toList();
    }

    private Optional<EndpointResolver.Watch> watch() {
        return new StackedResolver(List.of(upper, lower))
                .watch(
                        "users",
                        instances -> told.add(
                                instances.stream().map(ServiceInstance::host).toList()));
    }

    @Test
    void firstThatHasAny_counts_andNoneAfterItIsAsked() {
        upper.atOnce = at("up");
        lower.atOnce = at("low");
        watch();
        assertThat(told).containsExactly(List.of("up"));
        assertThat(lower.listener).isNull();
    }

    @Test
    void sourceWithoutInstances_leavesTheWordToTheNext_andTakesItBack() {
        lower.atOnce = at("low");
        watch();
        assertThat(told).containsExactly(List.of("low"));
        upper.tell("up");
        lower.tell("low2");
        assertThat(told).containsExactly(List.of("low"), List.of("up"));
        upper.tell();
        assertThat(told).containsExactly(List.of("low"), List.of("up"), List.of("low2"));
    }

    @Test
    void sourceThatLosesItsLast_hasTheNextAsked() {
        upper.atOnce = at("up");
        lower.atOnce = at("low");
        watch();
        upper.tell();
        assertThat(told).containsExactly(List.of("up"), List.of("low"));
    }

    @Test
    void serviceThatNoneKnows_isNotKnown() {
        upper.knows = false;
        lower.knows = false;
        assertThat(watch()).isEmpty();
    }

    @Test
    void serviceThatOneKnowsWithoutInstances_isKnown() {
        lower.knows = false;
        assertThat(watch()).isPresent();
        assertThat(told).isEmpty();
    }

    @Test
    void staticAddresses_standBehindALiveSource() {
        StaticResolver defaults = new StaticResolver(Map.of("users", at("default")));
        new StackedResolver(List.of(upper, defaults))
                .watch("users", instances -> told.add(List.of(instances.get(0).host())));
        upper.tell("live");
        assertThat(told).containsExactly(List.of("default"), List.of("live"));
    }

    @Test
    void closing_closesAllThatWereAsked_andEndsTheTelling() {
        lower.atOnce = at("low");
        watch().orElseThrow().close();
        upper.tell("up");
        assertThat(upper.closed && lower.closed).isTrue();
        assertThat(told).containsExactly(List.of("low"));
    }

    @Test
    void sourceThatTellsInItsOwnWatch_isToldOnce() {
        upper.atOnce = at("a", "b");
        watch();
        assertThat(told).hasSize(1);
    }
}
