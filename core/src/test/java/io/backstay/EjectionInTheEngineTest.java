package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.InstanceEjected;
import io.backstay.event.InstanceEvent;
import io.backstay.event.InstanceRestored;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.MetricSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class EjectionInTheEngineTest {

    private static final CallPolicy POLICY =
            Fixture.noBreaker().retry(RetryPolicy.never()).build();

    private static Fixture fixture(CallPolicy policy, FailureKind kind) {
        Fixture fixture = new Fixture(policy, Step.ok("ok"));
        fixture.transport.by(request -> request.instance().host().equals("one") ? Step.fails(kind) : Step.ok("ok"));
        return fixture;
    }

    private static void call(Mode mode, Fixture fixture, int calls) {
        for (int i = 0; i < calls; i++) {
            mode.text(fixture.users.get("/users/{id}", i), fixture.time);
        }
    }

    private static long asked(Fixture fixture, String host) {
        return fixture.transport.requests.stream()
                .filter(request -> request.instance().host().equals(host))
                .count();
    }

    @ParameterizedTest
    @EnumSource
    void instanceThatFails_isEjected_andTakenBackAfterHalfAMinute(Mode mode) {
        Fixture fixture = fixture(POLICY, FailureKind.CONNECT_FAILED);

        call(mode, fixture, 100);

        assertThat(asked(fixture, "one")).isEqualTo(5);
        assertThat(fixture.events(InstanceEjected.class)).singleElement().satisfies(event -> {
            assertThat(event.instance().host()).isEqualTo("one");
            assertThat(event.service()).isEqualTo("users");
            assertThat(event.reason()).isEqualTo("5 failures in a row");
            assertThat(event.time()).isEqualTo(Duration.ofSeconds(30));
            assertThat(event.times()).isEqualTo(1);
            assertThat(event).hasToString("[users] instance one:8001 ejected for 30 s (5 failures in a row)");
        });

        fixture.time.advance(Duration.ofSeconds(30));
        assertThat(fixture.events(InstanceRestored.class)).hasSize(1);
        call(mode, fixture, 400);
        assertThat(fixture.events(InstanceEjected.class))
                .hasSize(2)
                .last()
                .satisfies(event -> assertThat(event.time()).isEqualTo(Duration.ofSeconds(60)));
    }

    @ParameterizedTest
    @EnumSource
    void statusesThatAreTheRequestsFault_ejectNobody(Mode mode) {
        Fixture fixture = new Fixture(POLICY, Step.ok("ok"));
        fixture.transport.by(request -> Step.status(request.instance().host().equals("one") ? 404 : 200, ""));

        call(mode, fixture, 100);

        assertThat(fixture.events(InstanceEvent.class)).isEmpty();
        assertThat(asked(fixture, "one")).isEqualTo(50);
    }

    @ParameterizedTest
    @EnumSource
    void timeoutsThatTheCallerCutShort_ejectNobody(Mode mode) {
        Fixture fixture = new Fixture(POLICY, Step.never());
        for (int i = 0; i < 40; i++) {
            mode.failure(fixture.users.get("/users").deadline(Duration.ofMillis(50)), fixture.time);
        }

        assertThat(fixture.events(InstanceEvent.class)).isEmpty();
    }

    @Test
    void losersOfHedges_andCancelledCalls_ejectNobody() {
        Fixture fixture = new Fixture(
                POLICY.toBuilder()
                        .hedge(HedgePolicy.builder()
                                .fixedDelay(Duration.ofMillis(10))
                                .budgetPercent(100)
                                .build())
                        .build(),
                Step.ok("ok"));
        fixture.transport.by(request -> request.instance().host().equals("one")
                ? Step.never()
                : Step.ok("ok").after(Duration.ofMillis(5)));

        call(Mode.BLOCKING, fixture, 100);
        for (int i = 0; i < 40; i++) {
            fixture.users.get("/users").asAsync(String.class).cancel(true);
        }

        assertThat(asked(fixture, "one")).isGreaterThan(40);
        assertThat(fixture.events(InstanceEvent.class)).isEmpty();
        assertThat(fixture.backstay.instances("users")).allMatch(state -> state.pending() == 0);
    }

    @ParameterizedTest
    @EnumSource
    void endpointThatFailsEverywhere_ejectsNobody(Mode mode) {
        Fixture fixture = new Fixture(POLICY, Step.ok("ok"));
        fixture.transport.by(request -> Step.status(request.uri().getPath().contains("broken") ? 500 : 200, ""));

        for (int i = 0; i < 200; i++) {
            mode.text(fixture.users.get(i % 3 == 0 ? "/users" : "/broken"), fixture.time);
        }

        assertThat(fixture.events(InstanceEvent.class)).isEmpty();
    }

    /** An endpoint may fail on most instances, but where nobody is reached nothing was asked of any endpoint. */
    @ParameterizedTest
    @CsvSource({"CONNECT_FAILED, 2", "UNKNOWN_HOST, 2", "TLS_FAILED, 2", "CONNECTION_LOST, 0", "PROTOCOL_ERROR, 0"})
    void mostInstancesFail_areEjectedWhereTheyWereNotEvenReached(FailureKind kind, int ejected) {
        List<ServiceInstance> four = Stream.of("one", "two", "three", "four")
                .map(host -> ServiceInstance.builder("teams").host(host).build())
                .toList();
        EndpointResolver resolver = (service, listener) -> {
            listener.onInstances(four);
            return Optional.of(() -> {});
        };
        Fixture fixture = new Fixture(POLICY, builder -> builder.resolver(resolver), Step.ok("ok"));
        fixture.transport.by(request -> request.instance().host().equals("one") ? Step.ok("ok") : Step.fails(kind));

        for (int i = 0; i < 100; i++) {
            fixture.backstay.client("teams").get("/").result(String.class);
        }

        assertThat(fixture.events(InstanceEjected.class)).hasSize(ejected);
    }

    @ParameterizedTest
    @EnumSource
    void callsToAServiceWithADeadInstance_doNotFail(Mode mode) {
        Fixture fixture = fixture(
                Fixture.retrying(2, Duration.ofMillis(1)).toBuilder()
                        .balance(BalancePolicy.standard())
                        .build(),
                FailureKind.CONNECT_FAILED);

        for (int i = 0; i < 200; i++) {
            assertThat(mode.text(fixture.users.get("/users"), fixture.time)).isInstanceOf(Result.Success.class);
        }
        assertThat(asked(fixture, "one"))
                .as("it is no longer asked once it is ejected")
                .isBetween(1L, 5L);
    }

    @Test
    void passedHealthCheck_takesItBackAtOnce() {
        List<InstanceListener> listeners = new ArrayList<>();
        EndpointResolver resolver = (service, listener) -> {
            listeners.add(listener);
            return Optional.of(() -> {});
        };
        Fixture fixture = new Fixture(POLICY, builder -> builder.resolver(resolver), Step.ok("ok"));
        ServiceClient teams = fixture.backstay.client("teams");
        ServiceInstance one = ServiceInstance.builder("teams").host("one").build();
        ServiceInstance two = ServiceInstance.builder("teams").host("two").build();
        listeners.get(0).onInstances(List.of(one, two));
        fixture.transport.by(request -> Step.status(request.instance().host().equals("one") ? 500 : 200, ""));
        for (int i = 0; i < 20; i++) {
            teams.get("/").result(String.class);
        }
        assertThat(fixture.events(InstanceEjected.class)).hasSize(1);

        listeners.get(0).onHealthy(two);
        assertThat(fixture.events(InstanceRestored.class)).isEmpty();
        listeners.get(0).onHealthy(one);

        assertThat(fixture.events(InstanceRestored.class))
                .singleElement()
                .satisfies(event -> assertThat(event.instance()).isEqualTo(one));
    }

    @Test
    void ejection_isALineAndAFigure() {
        Fixture fixture = fixture(POLICY, FailureKind.CONNECT_FAILED);
        try (CapturedLog log = CapturedLog.warnings("io.backstay.balancer")) {
            call(Mode.BLOCKING, fixture, 20);

            assertThat(log.lines())
                    .containsExactly("WARN [users] instance one:8001 ejected for 30 s (5 failures in a row)");
        }
        Map<String, Double> figures = new TreeMap<>();
        fixture.backstay.metrics().collect(new MetricSource.Sink() {
            @Override
            public void counter(String name, Map<String, String> labels, long value) {
                figures.put(name, (double) value);
            }

            @Override
            public void gauge(String name, Map<String, String> labels, double value) {
                figures.put(name, value);
            }

            @Override
            public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {}
        });

        assertThat(figures)
                .containsEntry("known_instances", 2.0)
                .containsEntry("healthy_instances", 1.0)
                .containsEntry("ejected_instances", 1.0)
                .containsEntry("instance_ejections", 1.0)
                .containsEntry("instance_warnings", 0.0);
    }

    @Test
    void listenerThatFails_hurtsNobody() {
        Fixture fixture = new Fixture(
                POLICY,
                builder -> builder.listener(InstanceEjected.class, event -> {
                    throw new IllegalStateException("on purpose");
                }),
                Step.ok("ok"));
        fixture.transport.by(request ->
                request.instance().host().equals("one") ? Step.fails(FailureKind.CONNECT_FAILED) : Step.ok("ok"));

        call(Mode.BLOCKING, fixture, 20);

        assertThat(fixture.backstay.instances("users"))
                .anyMatch(state -> state.ejectedFor().isPresent());
    }
}
