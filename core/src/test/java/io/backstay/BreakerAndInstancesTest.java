package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** An open breaker while a service's instances change: what it has seen was with others. */
class BreakerAndInstancesTest {

    private static final CallPolicy POLICY = CallPolicy.builder()
            .retry(RetryPolicy.never())
            .breaker(CircuitBreakerPolicy.consecutive())
            .build();

    private InstanceListener told;
    private Fixture fixture;
    private ServiceClient orders;

    @BeforeEach
    void start() {
        EndpointResolver source = (service, listener) -> {
            if (!service.equals("orders")) {
                return Optional.empty();
            }
            told = listener;
            listener.onInstances(List.of(instance("dead", InstanceStatus.UP)));
            return Optional.of(() -> {});
        };
        fixture = new Fixture(POLICY, builder -> builder.resolver(source), Step.ok("ok"));
        fixture.transport.by(request ->
                request.instance().host().equals("dead") ? Step.fails(FailureKind.CONNECT_FAILED) : Step.ok("ok"));
        orders = fixture.backstay.client("orders");
    }

    private static ServiceInstance instance(String host, InstanceStatus status) {
        return ServiceInstance.builder("orders")
                .host(host)
                .port(80)
                .status(status)
                .build();
    }

    private void open(Mode mode) {
        for (int i = 0; i < 5; i++) {
            mode.failure(orders.get("/orders"), fixture.time);
        }
        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN");
    }

    /** As when another region takes over: its instances would wait for half a minute. */
    @ParameterizedTest
    @EnumSource
    void othersThatTakeOver_areTriedAtOnce(Mode mode) {
        open(mode);

        told.onInstances(List.of(instance("alive", InstanceStatus.UP)));

        for (int i = 0; i < POLICY.breaker().probeSuccesses(); i++) {
            assertThat(mode.text(orders.get("/orders"), fixture.time)).isInstanceOf(Result.Success.class);
        }
        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN", "OPEN->HALF_OPEN", "HALF_OPEN->CLOSED");
        assertThat(fixture.elapsed()).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void oneThatComesBack_isTriedAtOnce() {
        open(Mode.BLOCKING);
        told.onInstances(List.of(instance("dead", InstanceStatus.DOWN)));
        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN");

        told.onInstances(List.of(instance("dead", InstanceStatus.UP)));

        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN", "OPEN->HALF_OPEN");
    }

    @Test
    void listsWithNobodyNew_leaveItOpen() {
        open(Mode.BLOCKING);

        told.onInstances(List.of(instance("dead", InstanceStatus.UP), instance("other", InstanceStatus.DOWN)));
        told.onInstances(List.of(instance("dead", InstanceStatus.SUSPECT)));
        told.onInstances(List.of());

        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN");
    }
}
