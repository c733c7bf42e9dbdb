package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PolicySettingsTest {

    private static final CallPolicy BUILT =
            CallPolicy.builder().attemptTimeout(Duration.ofSeconds(3)).build();

    private static CallPolicy policy(UnaryOperator<Backstay.Builder> settings) {
        return new Fixture(BUILT, settings).backstay.policy("users");
    }

    @Test
    void setting_isStrongerThanTheBuilder_andThatOfTheServiceThanThatOfAll() {
        CallPolicy policy = policy(builder -> builder.setting("backstay.policy.attempt-timeout", "4s")
                .setting("backstay.service.users.attempt-timeout", "1500ms")
                .setting("backstay.service.other.deadline", "1s")
                .setting("backstay.policy.deadline", "PT20S"));

        assertThat(policy.attemptTimeout()).isEqualTo(Duration.ofMillis(1500));
        assertThat(policy.deadline()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void environmentVariable_setsAPolicyToo() {
        CallPolicy policy = policy(builder -> builder.environment(Map.of(
                "BACKSTAY_SERVICE_USERS_RETRY_MAX_ATTEMPTS", "7", "BACKSTAY_POLICY_BREAKER_PRESET", "consecutive")));

        assertThat(policy.retry().maxAttempts()).isEqualTo(7);
        assertThat(policy.breaker().usesFailureRate()).isFalse();
    }

    @Test
    void everyPartOfAPolicy_canBeSetByText() {
        CallPolicy policy = policy(builder -> builder.setting("backstay.policy.breaker.open-time", "10m")
                .setting("backstay.policy.breaker.max-open-time", "20m")
                .setting("backstay.policy.breaker.per-endpoint", "true")
                .setting("backstay.policy.concurrency.limit", "7")
                .setting("backstay.policy.rate.per-second", "50")
                .setting("backstay.policy.rate.burst", "5")
                .setting("backstay.policy.hedge.delay", "30ms")
                .setting("backstay.policy.retry.backoff", "fixed")
                .setting("backstay.policy.retry.delay", "40ms")
                .setting("backstay.policy.retry.budget-percent", "35")
                .setting("backstay.policy.max-redirects", "2")
                .setting("backstay.policy.decompression", "FALSE")
                .setting("backstay.policy.failure-mode", "best_effort"));

        assertThat(policy.breaker().openTime()).isEqualTo(Duration.ofMinutes(10));
        assertThat(policy.breaker().perEndpoint()).isTrue();
        assertThat(policy.concurrency().limit()).isEqualTo(7);
        assertThat(policy.rate().enabled()).isTrue();
        assertThat(policy.hedge().fixedDelay()).contains(Duration.ofMillis(30));
        assertThat(policy.retry().backoff())
                .hasToString(Backoff.fixed(Duration.ofMillis(40)).toString());
        assertThat(policy.retry().budget().percent()).isEqualTo(35);
        assertThat(policy.maxRedirects()).isEqualTo(2);
        assertThat(policy.decompression()).isFalse();
        assertThat(policy.failureMode()).isEqualTo(FailureMode.BEST_EFFORT);
    }

    @ParameterizedTest
    @CsvSource({
        "attempt-timeout, soon",
        "attempt-timeout, 0 s",
        "retry.max-attempts, 1.5",
        "retry.max-attempts, 0",
        "breaker.failure-rate, 101",
        "breaker.preset, strict",
        "decompression, yes",
        "hedge.percentile, 10"
    })
    void textThatCannotBe_isRefusedWithItsWholeNameAndWhatIsAllowed(String key, String text) {
        String name = "backstay.service.users." + key;

        assertThatThrownBy(() -> policy(builder -> builder.setting(name, text)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(text)
                .hasMessageContaining("allowed");
    }

    @Test
    void policyChangedAtRunTime_stillYieldsToTheConfiguration() {
        Fixture fixture =
                new Fixture(BUILT, builder -> builder.setting("backstay.service.users.attempt-timeout", "1s"));

        fixture.backstay.policy("users", CallPolicy.standard());

        assertThat(fixture.backstay.policy("users").attemptTimeout()).isEqualTo(Duration.ofSeconds(1));
    }

    /** Chroma, Filesystem, Billing, Git: attempts, time of each, failures that open the breaker, time it stays open. */
    @ParameterizedTest
    @CsvSource({"chroma,3,15,5,60", "filesystem,3,20,5,60", "billing,2,5,10,30", "git,3,30,5,90"})
    void eachService_hasATimeoutRetriesThresholdAndRecoveryOfItsOwn(
            String service, int attempts, int timeout, int threshold, int recovery) {
        String prefix = "backstay.service." + service + ".";
        Fixture fixture = new Fixture(
                CallPolicy.builder().deadline(Duration.ofMinutes(10)).build(),
                builder -> builder.endpoint(service, URI.create("http://" + service + ":80"))
                        .setting(prefix + "retry.max-attempts", "" + attempts)
                        .setting(prefix + "attempt-timeout", timeout + "s")
                        .setting(prefix + "breaker.preset", "consecutive")
                        .setting(prefix + "breaker.consecutive-failures", "" + threshold)
                        .setting(prefix + "breaker.open-time", recovery + "s"),
                Step.never());
        ServiceClient client = fixture.backstay.client(service);
        CircuitBreaker breaker = fixture.backstay.breaker(service).orElseThrow();

        for (int call = 1; call <= threshold; call++) {
            assertThat(breaker.state()).isEqualTo(BreakerState.CLOSED);
            assertThat(client.get("/").result(String.class)).isInstanceOf(Result.Failure.class);
            assertThat(fixture.transport.count()).isEqualTo(call * attempts);
        }
        assertThat(fixture.transport.requests)
                .allMatch(request -> request.timeout().equals(Duration.ofSeconds(timeout)));
        assertThat(breaker.state()).isEqualTo(BreakerState.OPEN);

        fixture.time.advance(Duration.ofSeconds(recovery).minusMillis(1));
        assertThat(breaker.state()).isEqualTo(BreakerState.OPEN);
        fixture.time.advance(Duration.ofMillis(1));
        assertThat(breaker.state()).isEqualTo(BreakerState.HALF_OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void failClosed_letsNoFallbackAnswer(Mode mode) {
        Fixture fixture = new Fixture(CallPolicy.failClosed(), Step.fails(FailureKind.TLS_FAILED));
        ServiceRequest request = fixture.users.get("/charge").fallback("made up", failure -> "paid");

        assertThat(mode.text(request, fixture.time)).isInstanceOf(Result.Failure.class);
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    @ParameterizedTest
    @EnumSource
    void failOpen_answersEmptyWhileTheServiceIsUnavailable_andNotWhenItRefuses(Mode mode) {
        Fixture fixture = new Fixture(CallPolicy.failOpen(), Step.fails(FailureKind.TLS_FAILED));

        Result<List> unavailable = mode.result(fixture.users.get("/query"), List.class, fixture.time);
        Result<Integer> without = mode.result(fixture.users.get("/query"), Integer.class, fixture.time);
        fixture.transport.then(Step.status(404, ""));
        Result<List> refused = mode.result(fixture.users.get("/query"), List.class, fixture.time);

        assertThat(unavailable).isInstanceOfSatisfying(Result.Degraded.class, degraded -> {
            assertThat(degraded.answeredBy()).isEqualTo("fail-open");
            assertThat(degraded.value()).isEqualTo(List.of());
        });
        assertThat(without).as("there is no empty integer").isInstanceOf(Result.Failure.class);
        assertThat(refused).isInstanceOf(Result.Failure.class);
    }

    /** An answer that cannot be understood is a defect, which an empty value would hide. */
    @SuppressWarnings({"rawtypes", "unchecked"})
    @ParameterizedTest
    @EnumSource
    void failOpen_hidesNoAnswerThatCannotBeUnderstood_bestEffortDoes(Mode mode) {
        Fixture open = new Fixture(CallPolicy.failOpen(), Step.ok("not a list"));
        Fixture best = new Fixture(CallPolicy.bestEffort(), Step.ok("not a list"));

        Result<List> failed = mode.result(open.users.get("/query"), List.class, open.time);
        assertThat(failed)
                .isInstanceOfSatisfying(
                        Result.Failure.class,
                        failure -> assertThat(failure.cause()).isInstanceOf(DecodeException.class));
        assertThat(mode.result(best.users.get("/query"), List.class, best.time).orElseThrow())
                .isEmpty();
    }

    @Test
    void bestEffort_ofACancelledCall_isStillCancelled() {
        Fixture fixture = new Fixture(CallPolicy.bestEffort(), Step.never());
        Thread.currentThread().interrupt();

        Result<String> result = fixture.users.get("/query").result(String.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(result)
                .isInstanceOfSatisfying(
                        Result.Failure.class,
                        failure -> assertThat(failure.cause()).isInstanceOf(CallCancelledException.class));
    }

    @ParameterizedTest
    @EnumSource
    void failOpen_asksTheRequestsFallbacksFirst(Mode mode) {
        Fixture fixture = new Fixture(CallPolicy.failOpen(), Step.fails(FailureKind.TLS_FAILED));
        ServiceRequest request = fixture.users.get("/query").fallback("kept", failure -> "yesterday's");

        assertThat(mode.text(request, fixture.time).orElseThrow()).isEqualTo("yesterday's");
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    @ParameterizedTest
    @EnumSource
    void bestEffort_makesOneAttemptAndNeverFails(Mode mode) {
        Fixture fixture = new Fixture(CallPolicy.bestEffort(), Step.status(404, ""));

        assertThat(mode.result(fixture.users.post("/snapshot"), Void.class, fixture.time))
                .isInstanceOf(Result.Degraded.class);
        assertThat(mode.result(fixture.users.get("/snapshot"), Optional.class, fixture.time)
                        .orElseThrow())
                .isEmpty();

        assertThat(fixture.transport.count()).isEqualTo(2);
    }
}
