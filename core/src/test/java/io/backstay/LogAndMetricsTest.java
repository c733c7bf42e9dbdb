package io.backstay;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.MetricSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

class LogAndMetricsTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.backstay");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            super.append(event);
        }
    };

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.DEBUG);
        logger.setAdditive(false);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(lines);
        logger.setLevel(null);
        logger.setAdditive(true);
    }

    private List<String> text() {
        return lines.list.stream()
                .map(line -> line.getLevel() + " " + line.getFormattedMessage())
                .filter(line -> !line.contains("Backstay with transport"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void attempts_areReadableLinesWithTheirPartsAsPairs(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.retrying(3, Duration.ofMillis(180)),
                Step.fails(FailureKind.CONNECTION_LOST),
                Step.ok("ada").after(Duration.ofMillis(12)));

        try (CallContext.Scope scope =
                CallContext.empty().withCorrelationId("c-1").open()) {
            mode.text(fixture.users.get("/users/{id}", 1), fixture.time);
        }

        assertThat(text())
                .containsExactly(
                        "DEBUG [users] GET /users/{id} (attempt 1/3)",
                        "DEBUG [users] GET /users/{id} connection lost, retrying in 180 ms",
                        "DEBUG [users] GET /users/{id} (attempt 2/3)",
                        "DEBUG [users] GET /users/{id} succeeded 200 in 12 ms");
        assertThat(lines.list.stream().filter(line -> line.getKeyValuePairs() != null))
                .hasSize(4)
                .allSatisfy(line -> {
                    assertThat(line.getMDCPropertyMap()).containsEntry("correlationId", "c-1");
                    assertThat(line.getKeyValuePairs()).anyMatch(pair -> pair.key.equals("service"));
                    assertThat(line.getKeyValuePairs())
                            .anyMatch(pair -> pair.key.equals("correlation_id") && "c-1".equals(pair.value));
                });
    }

    @ParameterizedTest
    @EnumSource
    void breaker_isToldAtWarn_failuresOfAServiceAtError_refusalsAtDebug(Mode mode) {
        logger.setLevel(Level.WARN);
        CallPolicy policy = CallPolicy.builder()
                .retry(RetryPolicy.never())
                .breaker(CircuitBreakerPolicy.consecutive())
                .build();
        Fixture fixture = new Fixture(policy, Step.status(500, ""));
        for (int i = 0; i < 5; i++) {
            mode.failure(fixture.users.get("/users"), fixture.time);
        }
        logger.setLevel(Level.DEBUG);
        mode.failure(fixture.users.get("/users"), fixture.time);
        fixture.transport.then(Step.ok("ada"));
        fixture.time.advance(Duration.ofSeconds(60));
        mode.text(fixture.users.get("/users"), fixture.time);

        assertThat(text())
                .containsSubsequence(
                        "ERROR [users] GET /users failed: answered 500",
                        "WARN [users] circuit breaker OPEN (threshold reached: 5/5)",
                        "DEBUG [users] GET /users rejecting: circuit breaker refused: it is OPEN",
                        "WARN [users] circuit breaker entering HALF_OPEN (after 60000 ms)",
                        "WARN [users] circuit breaker CLOSED (service recovered)");
    }

    @Test
    void secrets_areInNoLine() {
        Fixture fixture = new Fixture(
                Fixture.retrying(2, Duration.ZERO),
                Step.status(503, "body-secret", "Set-Cookie", "cookie-secret"),
                Step.status(500, "body-secret"));

        Mode.BLOCKING.failure(
                fixture.users
                        .get("/users/{id}", "path-secret")
                        .query("token", "query-secret")
                        .header("Authorization", "header-secret"),
                fixture.time);

        assertThat(lines.list).isNotEmpty().allSatisfy(line -> {
            assertThat(line.getFormattedMessage()).doesNotContain("secret");
            assertThat(String.valueOf(line.getKeyValuePairs())).doesNotContain("secret");
        });
        assertThat(fixture.events)
                .allSatisfy(event -> assertThat(event.toString()).doesNotContain("secret"));
    }

    @Test
    void metrics_countEachThingOnce() {
        CallPolicy policy = CallPolicy.builder()
                .retry(RetryPolicy.builder().backoff(Backoff.none()).build())
                .breaker(CircuitBreakerPolicy.consecutive())
                .build();
        Fixture fixture = new Fixture(policy, Step.ok("ada").after(Duration.ofMillis(20)));
        for (int i = 0; i < 10; i++) {
            fixture.users.get("/users").execute();
        }
        fixture.transport.then(Step.status(503, ""));
        for (int i = 0; i < 5; i++) {
            Mode.BLOCKING.failure(fixture.users.get("/users"), fixture.time);
        }
        fixture.users.get("/users").fallback("default", any -> "x").as(String.class);

        Map<String, Double> figures = new TreeMap<>();
        MetricSource.Latency latency = read(fixture, figures);

        assertThat(figures)
                .containsEntry("total_calls", 16.0)
                .containsEntry("successful_calls", 10.0)
                .containsEntry("failed_calls", 6.0)
                .containsEntry("rejected_calls", 1.0)
                .containsEntry("call_attempts", 25.0)
                .containsEntry("call_retries", 10.0)
                .containsEntry("fallback_answers", 1.0)
                .containsEntry("known_instances", 2.0)
                .containsEntry("circuit_stateOPEN", 1.0)
                .containsEntry("circuit_stateCLOSED", 0.0);
        assertThat(latency.count()).isEqualTo(15);
        assertThat(latency.p50()).isBetween(0.019, 0.021);
        assertThat(latency.max()).isBetween(0.019, 0.021);
    }

    @Test
    void latencies_areThoseOfLate_lestADayOfGoodOnesHideThatItIsSlowNow() {
        Fixture fixture = new Fixture(CallPolicy.standard(), Step.ok("ada").after(Duration.ofMillis(20)));
        for (int i = 0; i < 100; i++) {
            fixture.users.get("/users").execute();
        }
        fixture.time.advance(Duration.ofMinutes(2));
        fixture.transport.then(Step.ok("ada").after(Duration.ofMillis(500)));
        for (int i = 0; i < 3; i++) {
            fixture.users.get("/users").execute();
        }

        MetricSource.Latency slow = read(fixture, new TreeMap<>());
        assertThat(slow.count()).isEqualTo(103);
        assertThat(slow.p50()).isBetween(0.49, 0.51);

        fixture.time.advance(Duration.ofMinutes(2));
        assertThat(read(fixture, new TreeMap<>())).isEqualTo(new MetricSource.Latency(103, 0, 0, 0, 0));
    }

    /** Collects numbers into a map; gives the latencies. */
    private static MetricSource.Latency read(Fixture fixture, Map<String, Double> figures) {
        MetricSource.Latency[] latency = new MetricSource.Latency[1];
        fixture.backstay.metrics().collect(new MetricSource.Sink() {
            @Override
            public void counter(String name, Map<String, String> labels, long value) {
                figures.put(name, (double) value);
            }

            @Override
            public void gauge(String name, Map<String, String> labels, double value) {
                figures.put(name + labels.getOrDefault("state", ""), value);
            }

            @Override
            public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {
                latency[0] = value;
            }
        });
        return latency[0];
    }
}
