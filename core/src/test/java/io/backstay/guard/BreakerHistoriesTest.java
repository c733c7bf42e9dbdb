package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Random histories: the fast breaker and the naive one agree after every step. A failure names its seed and step. */
class BreakerHistoriesTest {

    private static final int HISTORIES = 200;
    private static final int STEPS = 1_000;

    private record Held(long permit, NaiveBreaker.Held naive) {}

    /** One history, driven by its seed. */
    private static final class History {
        private final Random random;
        private final BreakerFixture fast;
        private final NaiveBreaker naive;
        private final List<Held> held = new ArrayList<>();
        /** How likely a call fails, out of 10; changes now and then. */
        private int sickness = 3;

        History(long seed, CircuitBreakerPolicy policy) {
            this.random = new Random(seed);
            this.fast = new BreakerFixture(policy);
            this.naive = new NaiveBreaker(policy, fast.time.nanoTime());
        }

        void step(String where) {
            switch (random.nextInt(10)) {
                case 0 -> advance(Duration.ofMillis(random.nextInt(1_500)));
                case 1 -> advance(Duration.ofMillis(random.nextInt(20) == 0 ? random.nextInt(60_000) : 1));
                case 2 -> sickness = random.nextInt(10) == 0 ? random.nextInt(11) : sickness;
                case 3, 4, 5, 6 -> acquire(where);
                default -> end();
            }
        }

        private void advance(Duration duration) {
            fast.advance(duration);
            fast.state();
            naive.pass(fast.time.nanoTime());
        }

        private void acquire(String where) {
            advance(Duration.ofNanos(1)); // so that of two probes one is older
            long permit = fast.acquire();
            NaiveBreaker.Held expected = naive.acquire(fast.time.nanoTime());
            assertThat(permit != CircuitBreaker.REFUSED).as(where).isEqualTo(expected != null);
            if (expected != null) {
                held.add(new Held(permit, expected));
            }
        }

        private void end() {
            if (held.isEmpty()) {
                return;
            }
            Held ending = held.remove(random.nextInt(held.size()));
            long now = fast.time.nanoTime();
            int how = random.nextInt(10) < sickness ? 1 : random.nextInt(8) == 0 ? 2 + random.nextInt(2) : 0;
            switch (how) {
                case 0 -> fast.breaker.onSuccess(ending.permit, now);
                case 1 -> fast.breaker.onFailure(ending.permit, now);
                case 2 -> fast.breaker.onAlive(ending.permit, now);
                default -> fast.breaker.onIgnored(ending.permit, now);
            }
            naive.end(ending.naive, how, now);
        }

        BreakerState compare(String where) {
            long now = fast.time.nanoTime();
            BreakerStatus status = fast.breaker.status();
            assertThat(status.state()).as(where).isEqualTo(naive.state());
            assertThat(status.calls()).as(where).isEqualTo(naive.calls(now));
            assertThat(status.failures()).as(where).isEqualTo(naive.failures(now));
            assertThat(status.counts().inFlight()).as(where).isEqualTo(naive.inFlight());
            return status.state();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void stateMachine_agreesWithTheNaiveOne(int probes) {
        CircuitBreakerPolicy policy = CircuitBreakerPolicy.builder()
                .slowCallRate(40)
                .probes(probes)
                .probeSuccesses(probes)
                .openTime(Duration.ofSeconds(3))
                .probeWait(Duration.ofSeconds(2))
                .build();
        Set<BreakerState> seen = EnumSet.noneOf(BreakerState.class);
        for (long seed = 0; seed < HISTORIES; seed++) {
            History history = new History(seed, policy);
            for (int step = 0; step < STEPS; step++) {
                String where = "seed " + seed + ", step " + step;
                history.step(where);
                seen.add(history.compare(where));
            }
        }
        assertThat(seen).contains(BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN);
    }
}
