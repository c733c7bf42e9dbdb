package io.backstay;

import java.net.URI;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Each builder refuses what is out of range at once, with name, value and range. */
class PolicyRangeTest {

    private static void refused(ThrowingCallable misuse, String... partsOfTheMessage) {
        assertThatThrownBy(misuse)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(partsOfTheMessage);
    }

    @Test
    void callPolicy() {
        refused(() -> CallPolicy.builder().deadline(Duration.ZERO), "deadline", "0 s", "from 1 ms to");
        refused(() -> CallPolicy.builder().deadline(null), "deadline must not be null");
        refused(() -> CallPolicy.builder().deadline(Duration.ofDays(2)), "deadline", "172800 s");
        refused(() -> CallPolicy.builder().attemptTimeout(Duration.ofMillis(-5)), "attempt-timeout", "-5 ms");
        refused(() -> CallPolicy.builder().retry(null), "retry policy must not be null");
        refused(() -> CallPolicy.builder().breaker(null), "breaker policy must not be null");
        refused(() -> RetryPolicy.builder().backoff(null), "retry backoff must not be null");
        refused(() -> CircuitBreakerPolicy.builder().failureStatus(null), "failureStatus must not be null");
        refused(() -> CallPolicy.builder().maxResponseBytes(0), "max-response-bytes cannot be 0");
        refused(() -> CallPolicy.builder().maxRequestBytes(Long.MAX_VALUE), "max-request-bytes");
    }

    @Test
    void retryPolicy() {
        refused(() -> RetryPolicy.builder().maxAttempts(0), "retry.max-attempts cannot be 0; allowed: from 1 to 100");
        refused(() -> RetryPolicy.builder().maxAttempts(101), "retry.max-attempts");
        refused(() -> RetryPolicy.builder().handleStatuses(200), "retry status cannot be 200");
        refused(() -> RetryPolicy.builder().handleKinds(FailureKind.REJECTED), "REJECTED", "final");
    }

    @Test
    void backoff() {
        refused(() -> Backoff.fixed(Duration.ofSeconds(-1)), "retry.delay", "-1 s");
        refused(() -> Backoff.exponential(Duration.ofSeconds(1), 0.5, Duration.ofSeconds(2)), "factor cannot be 0.5");
        refused(() -> Backoff.exponential(Duration.ofSeconds(1), Double.NaN, Duration.ofSeconds(2)), "NaN");
        refused(() -> Backoff.exponential(Duration.ofSeconds(3), 2, Duration.ofSeconds(2)), "shorter than the first");
        refused(() -> Backoff.linear(Duration.ofSeconds(1), Duration.ofDays(2)), "retry.max-delay");
        refused(() -> Backoff.of(), "at least one");
    }

    @Test
    void circuitBreakerPolicy() {
        refused(() -> CircuitBreakerPolicy.builder().failureRate(0), "breaker.failure-rate cannot be 0.0", "100.0");
        refused(() -> CircuitBreakerPolicy.builder().failureRate(100.1), "breaker.failure-rate");
        refused(() -> CircuitBreakerPolicy.builder().failureRate(Double.NaN), "breaker.failure-rate cannot be NaN");
        refused(() -> CircuitBreakerPolicy.builder().minimumCalls(0), "breaker.minimum-calls cannot be 0");
        refused(() -> CircuitBreakerPolicy.builder().consecutiveFailures(-1), "breaker.consecutive-failures");
        refused(() -> CircuitBreakerPolicy.builder().window(Duration.ofMillis(99)), "breaker.window", "99 ms");
        refused(() -> CircuitBreakerPolicy.builder().openTime(Duration.ZERO), "breaker.open-time", "0 s");
        refused(() -> CircuitBreakerPolicy.builder().probeWait(Duration.ofDays(2)), "breaker.probe-wait");
        refused(() -> CircuitBreakerPolicy.builder().lastCalls(0), "breaker.last-calls cannot be 0", "from 1 to 50000");
        refused(() -> CircuitBreakerPolicy.builder().slowCallRate(101), "breaker.slow-call-rate");
        refused(() -> CircuitBreakerPolicy.builder().slowCallTime(Duration.ZERO), "breaker.slow-call-time", "1 ms");
        refused(() -> CircuitBreakerPolicy.builder().maxOpenTime(Duration.ZERO), "breaker.max-open-time");
        refused(() -> CircuitBreakerPolicy.builder().probes(0), "breaker.probes cannot be 0", "from 1 to 100");
        refused(() -> CircuitBreakerPolicy.builder().probeSuccesses(0), "breaker.probe-successes");
        refused(() -> CircuitBreakerPolicy.builder().ramp(Duration.ofSeconds(-1)), "breaker.ramp", "from 0 s");
        refused(
                () -> CircuitBreakerPolicy.builder()
                        .lastCalls(10)
                        .minimumCalls(11)
                        .build(),
                "breaker.minimum-calls cannot be 11",
                "breaker.last-calls, which is 10");
        refused(
                () -> CircuitBreakerPolicy.builder()
                        .maxOpenTime(Duration.ofSeconds(29))
                        .build(),
                "breaker.max-open-time cannot be PT29S",
                "breaker.open-time, which is PT30S");
    }

    @Test
    void circuitBreakerPolicy_whereOneSettingFollowsAnother_adaptsWhatWasNotSet() {
        assertThat(CircuitBreakerPolicy.builder().lastCalls(10).build().minimumCalls())
                .isEqualTo(10);
        assertThat(CircuitBreakerPolicy.builder()
                        .openTime(Duration.ofHours(1))
                        .build()
                        .maxOpenTime())
                .isEqualTo(Duration.ofHours(1));
        CircuitBreakerPolicy policy = CircuitBreakerPolicy.builder()
                .lastCalls(30)
                .slowCallRate(20)
                .slowCallTime(Duration.ofSeconds(2))
                .growOpenTime(true)
                .maxOpenTime(Duration.ofMinutes(1))
                .followRetryAfter(false)
                .probes(2)
                .probeSuccesses(4)
                .probeByHealthCheck(true)
                .ramp(Duration.ofSeconds(8))
                .build();
        assertThat(policy.toBuilder().build()).usingRecursiveComparison().isEqualTo(policy);
    }

    @Test
    void addresses() {
        refused(() -> ServiceInstance.of("users", URI.create("users:8001/x")), "users", "scheme must be http or https");
        refused(() -> ServiceInstance.of("users", URI.create("//users:8001")), "scheme must be http or https");
        refused(() -> ServiceInstance.of("users", URI.create("ftp://users")), "scheme must be http or https");
        refused(() -> ServiceInstance.of("users", URI.create("http:///x")), "no host");
        refused(() -> ServiceInstance.of("users", URI.create("http://my_users:1")), "no host");
        refused(() -> ServiceInstance.of("users", URI.create("http://users:0")), "port");
        refused(() -> ServiceInstance.of("users", URI.create("http://users:65536")), "port must be from 1 to 65535");
        refused(() -> ServiceInstance.of("users", URI.create("http://users?x=1")), "query");
        for (String secret : new String[] {
            "http://ada:s3cret@users",
            "http://ada:s3cret@my_host:80",
            "ftp://ada:s3cret@users",
            "http://users/?token=s3cret"
        }) {
            assertThatThrownBy(() -> ServiceInstance.of("users", URI.create(secret)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageNotContaining("s3cret");
        }
    }

    @Test
    void backstayBuilder() {
        refused(() -> Backstay.builder().shutdownTimeout(Duration.ofSeconds(-1)), "shutdown-timeout");
        refused(() -> Backstay.builder().endpoint(" ", URI.create("http://x")), "name");
        refused(() -> Backstay.builder().endpoint("users"), "no address");
        refused(() -> Backstay.builder().policy("a\nb", CallPolicy.standard()), "control characters");
        refused(() -> Backstay.builder().endpoint("users", (URI) null), "address of users must not be null");
        refused(() -> Backstay.builder().defaultEndpoint("users", null), "address of users must not be null");
        refused(() -> Backstay.builder().policy(null), "policy must not be null");
        refused(() -> Backstay.builder().transport(null), "transport must not be null");
        assertThatThrownBy(() -> Backstay.builder().correlationHeader("X Id"))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void everySetting_tellsNameTypeDefaultRangeAndMeaning_andItsDefaultIsInRange() {
        assertThat(Settings.all()).hasSizeGreaterThan(10).allSatisfy(setting -> {
            assertThat(setting.meaning()).endsWith(".");
            assertThat(setting.toString()).contains(setting.name(), setting.allowed());
            checkDefault(setting);
        });
        assertThat(Settings.all()).extracting(Setting::name).doesNotHaveDuplicates();
    }

    private static <T> void checkDefault(Setting<T> setting) {
        assertThat(setting.check(setting.defaultValue())).isEqualTo(setting.defaultValue());
    }
}
