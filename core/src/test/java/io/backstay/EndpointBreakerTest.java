package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.spi.TimeSource;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class EndpointBreakerTest {

    private static final CallPolicy POLICY = CallPolicy.builder()
            .retry(RetryPolicy.never())
            .breaker(CircuitBreakerPolicy.consecutive().toBuilder()
                    .consecutiveFailures(2)
                    .perEndpoint(true)
                    .build())
            .build();

    private static final CircuitBreakerPolicy TOLERANT =
            POLICY.breaker().toBuilder().consecutiveFailures(3).build();

    private final Fixture fixture = new Fixture(POLICY);

    private void failReports(Mode mode) {
        fixture.transport.by(request -> request.target().startsWith("/reports") ? Step.status(500, "") : Step.ok("ok"));
        mode.failure(fixture.users.get("/reports/{id}", 1), fixture.time);
        mode.failure(fixture.users.get("/reports/{id}", 2), fixture.time);
    }

    @ParameterizedTest
    @EnumSource
    void endpointThatFails_isRefusedByItself_andTheOthersGoOn(Mode mode) {
        failReports(mode);

        assertThat(mode.failure(fixture.users.get("/reports/{id}", 3), fixture.time))
                .isInstanceOf(CallRejectedException.class);
        assertThat(mode.text(fixture.users.get("/users/{id}", 3), fixture.time)).isInstanceOf(Result.Success.class);

        assertThat(fixture.backstay.breaker("users")).isEmpty();
        assertThat(fixture.backstay.breakers("users"))
                .extracting(CircuitBreaker::name)
                .containsExactlyInAnyOrder("users GET /reports/{id}", "users GET /users/{id}");
    }

    @ParameterizedTest
    @EnumSource
    void number_isWhatTheSettingAllows_andIdleOnesGoAfterItsTime(Mode mode) {
        Fixture few = new Fixture(
                POLICY,
                builder -> builder.setting("backstay.breakers.max", "2").setting("backstay.breakers.idle-time", "5s"),
                Step.ok("ok"));
        for (String path : List.of("/a", "/b", "/c")) {
            assertThat(mode.text(few.users.get(path), few.time).hasValue()).isTrue();
        }
        assertThat(few.backstay.breakers("users"))
                .extracting(CircuitBreaker::name)
                .containsExactlyInAnyOrder("users GET /a", "users GET /b");

        few.time.advance(Duration.ofSeconds(10));
        mode.text(few.users.get("/c"), few.time);
        assertThat(few.backstay.breakers("users"))
                .extracting(CircuitBreaker::name)
                .containsExactly("users GET /c");
    }

    /** Where the clock is read, a call of another thread may come in between. */
    private static final class Interrupting implements TimeSource {

        private final VirtualTime time = new VirtualTime();
        private Runnable call = () -> {};
        private int readingsBefore = -1;

        @Override
        public long nanoTime() {
            if (readingsBefore-- == 0) {
                call.run();
            }
            return time.nanoTime();
        }

        @Override
        public Instant now() {
            return time.now();
        }
    }

    @Test
    void breakerThatIsMadeWhileThePolicyChanges_isTheOnlyOneOfItsEndpoint_andFollowsTheNewPolicy() {
        int moments = 0;
        while (breakerIsMadeDuringAChange(moments)) {
            moments++;
        }
        assertThat(moments).as("how often a change of policy reads the clock").isPositive();
    }

    /** Whether the change read the clock as often. */
    private static boolean breakerIsMadeDuringAChange(int readingsBefore) {
        Interrupting clock = new Interrupting();
        CallPolicy limited = POLICY.toBuilder().rate(RatePolicy.perSecond(100)).build();
        Fixture moved = new Fixture(limited, builder -> builder.timeSource(clock), Step.status(500, ""));
        clock.call = () -> Mode.BLOCKING.failure(moved.users.get("/reports"), moved.time);
        clock.readingsBefore = readingsBefore;

        moved.backstay.policy("users", limited.toBuilder().breaker(TOLERANT).build());
        clock.readingsBefore = -1;
        boolean called = moved.transport.count() > 0;
        Mode.BLOCKING.failure(moved.users.get("/reports"), moved.time);
        Mode.BLOCKING.failure(moved.users.get("/reports"), moved.time);

        assertThat(moved.transport.count())
                .as("the third is let through by the new policy alone")
                .isEqualTo(called ? 3 : 2);
        assertThat(moved.backstay.breakers("users"))
                .singleElement()
                .satisfies(breaker ->
                        assertThat(breaker.state()).isEqualTo(called ? BreakerState.OPEN : BreakerState.CLOSED));
        return called;
    }

    @ParameterizedTest
    @EnumSource
    void changedPolicy_keepsTheStateOfEachEndpoint(Mode mode) {
        failReports(mode);

        fixture.backstay.policy("users", POLICY.toBuilder().maxRedirects(1).build());

        assertThat(fixture.backstay.breakers("users"))
                .extracting(CircuitBreaker::state)
                .containsExactly(BreakerState.OPEN);
        assertThat(mode.failure(fixture.users.get("/reports/{id}", 3), fixture.time))
                .isInstanceOf(CallRejectedException.class);
    }
}
