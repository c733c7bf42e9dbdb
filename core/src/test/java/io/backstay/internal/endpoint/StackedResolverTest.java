package io.backstay.internal.endpoint;

import io.backstay.CapturedLog;
import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    private static void start(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Optional<EndpointResolver.Watch> watch() {
        return new StackedResolver(List.of(upper, lower)).watch("users", this::add);
    }

    private void add(List<ServiceInstance> instances) {
        told.add(instances.stream().map(ServiceInstance::host).toList());
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

    /** Otherwise closing waits for who tells, and who tells for what closing holds. */
    @Test
    void closing_waitsForNoListThatIsBeingTold() throws Exception {
        CountDownLatch telling = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        lower.knows = false;
        EndpointResolver.Watch watch = new StackedResolver(List.of(upper, lower))
                .watch("users", instances -> {
                    telling.countDown();
                    await(go);
                })
                .orElseThrow();
        CompletableFuture<Void> told = CompletableFuture.runAsync(() -> upper.tell("up"), StackedResolverTest::start);
        await(telling);

        CompletableFuture.runAsync(watch::close, StackedResolverTest::start).get(10, TimeUnit.SECONDS);
        go.countDown();
        told.get(10, TimeUnit.SECONDS);
        assertThat(upper.closed).isTrue();
    }

    @Test
    void listThatComesWhileAnotherIsBeingTold_isToldAfterIt_andKeepsItsSourceNotWaiting() throws Exception {
        CountDownLatch telling = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        lower.knows = false;
        new StackedResolver(List.of(upper, lower)).watch("users", instances -> {
            telling.countDown();
            await(go);
            add(instances);
        });
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> upper.tell("one"), StackedResolverTest::start);
        await(telling);

        CompletableFuture.runAsync(() -> upper.tell("two"), StackedResolverTest::start)
                .get(10, TimeUnit.SECONDS);
        go.countDown();
        first.get(10, TimeUnit.SECONDS);
        assertThat(told).containsExactly(List.of("one"), List.of("two"));
    }

    @Test
    void sourceThatHasNone_isPassedOver_beforeAnythingIsTold() {
        EndpointResolver empty = (service, listener) -> {
            listener.onInstances(List.of());
            return Optional.of(() -> {});
        };
        lower.atOnce = at("low");
        new StackedResolver(List.of(empty, lower)).watch("users", this::add);
        assertThat(told).containsExactly(List.of("low"));
    }

    private static EndpointResolver malformed() {
        return new EnvironmentResolver(Map.of("USERS_URL", "http://bad host"), Map.of());
    }

    @Test
    void malformedVariable_keepsNoSourceBelowItFromBeingAsked_onceThoseAboveHaveNone() {
        upper.atOnce = at("up");
        lower.atOnce = at("low");
        try (CapturedLog log = CapturedLog.warnings("io.backstay")) {
            new StackedResolver(List.of(upper, malformed(), lower)).watch("users", this::add);
            upper.tell();
            upper.tell("up");
            upper.tell();
            assertThat(told).containsExactly(List.of("up"), List.of("low"), List.of("up"), List.of("low"));
            assertThat(log.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains("[users]", "environment variables"));
            assertThat(log.events().get(0).getThrowableProxy().getMessage()).contains("USERS_URL");
        }
    }

    @Test
    void malformedVariable_isRefused_whereItIsAskedAtTheStart_andNothingStaysOpen() {
        lower.atOnce = at("low");
        assertThatThrownBy(() -> new StackedResolver(List.of(upper, malformed(), lower)).watch("users", this::add))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("USERS_URL");
        assertThat(upper.closed).isTrue();
        assertThat(lower.listener).isNull();
        assertThat(told).isEmpty();
    }

    @Test
    void sourceThatThrows_countsAsOneThatHasNone() {
        EndpointResolver broken = (service, listener) -> {
            throw new IllegalStateException("of the test");
        };
        lower.atOnce = at("low");
        try (CapturedLog log = CapturedLog.warnings("io.backstay")) {
            new StackedResolver(List.of(broken, lower)).watch("users", this::add);
            assertThat(told).containsExactly(List.of("low"));
            assertThat(log.lines()).hasSize(1);
        }
    }
}
