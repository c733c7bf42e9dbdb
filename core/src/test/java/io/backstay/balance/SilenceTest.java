package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Four instances that answer in 2 ms, and one of them, a, that does not answer for a while. */
class SilenceTest {

    private static final long MILLI = Duration.ofMillis(1).toNanos();
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private record Running(Chosen chosen, TestCall call, AttemptResult result, long startNanos, long endNanos) {}

    /** Calls at chance times to instances of which the first hangs at some of them. */
    private static final class Calls {
        final PoolFixture fixture = new PoolFixture(BalancePolicy.standard(), EjectionPolicy.off(), builder -> builder);
        final Random random;
        final double betweenNanos;
        final long patienceNanos;
        final AttemptResult unanswered;
        final PriorityQueue<Running> running =
                new PriorityQueue<>((one, other) -> Long.compare(one.endNanos(), other.endNanos()));
        long nowNanos;
        int pendingMost;

        Calls(long seed, double perSecond, long patienceNanos, AttemptResult unanswered) {
            this.random = new Random(seed);
            this.betweenNanos = (double) SECOND / perSecond;
            this.patienceNanos = patienceNanos;
            this.unanswered = unanswered;
            fixture.pool.onInstances(PoolFixture.instances(4));
        }

        /** How often each was asked until then. */
        Map<String, Integer> until(long endNanos, LongPredicate hangs) {
            Map<String, Integer> asked = new LinkedHashMap<>();
            PoolFixture.instances(4).forEach(each -> asked.put(each.id(), 0));
            pendingMost = 0;
            while (nowNanos < endNanos) {
                nowNanos += (long) (-Math.log(1 - random.nextDouble()) * betweenNanos);
                finish();
                TestCall call = new TestCall();
                Chosen chosen = fixture.pool.choose(call, nowNanos);
                String id = chosen.instance().id();
                asked.merge(id, 1, Integer::sum);
                if (id.equals("a")) {
                    pendingMost = Math.max(pendingMost, chosen.member.pending());
                }
                boolean silent = id.equals("a") && hangs.test(nowNanos);
                running.add(new Running(
                        chosen,
                        call,
                        silent ? unanswered : AttemptResult.SUCCESS,
                        nowNanos,
                        nowNanos + (silent ? patienceNanos : 2 * MILLI)));
            }
            return asked;
        }

        private void finish() {
            while (!running.isEmpty() && running.peek().endNanos() <= nowNanos) {
                Running done = running.poll();
                fixture.pool.onResult(done.chosen(), done.call(), done.result(), done.startNanos(), done.endNanos());
                done.chosen().ended();
            }
        }
    }

    private static double share(Map<String, Integer> asked) {
        return asked.get("a")
                / (double) asked.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** By calls a second and by when callers give up: long after the others' answers, and so soon after that it is no peak. */
    @ParameterizedTest
    @CsvSource({"50, 100, 0.01", "50, 5, 0.03", "500, 100, 0.01", "500, 10000, 0.01", "5, 100, 0.04"})
    void instanceThatHangs_underShortDeadlines_neverBecomesTheFavourite(
            double perSecond, long deadlineMillis, double most) {
        for (long seed = 0; seed < 10; seed++) {
            Calls calls = new Calls(seed, perSecond, deadlineMillis * MILLI, AttemptResult.UNFINISHED);
            calls.until(20 * SECOND, now -> false);

            double share = share(calls.until(320 * SECOND, now -> true));

            assertThat(share).as("seed %d", seed).isLessThan(most);
        }
    }

    @Test
    void instanceThatHangs_isTriedByFewAtOnce() {
        Calls calls = new Calls(1, 500, 10 * SECOND, AttemptResult.UNFINISHED);
        calls.until(60 * SECOND, now -> now > 20 * SECOND);

        calls.until(600 * SECOND, now -> true);

        assertThat(calls.pendingMost).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(doubles = {50, 500})
    void instanceThatPaused_hasItsShareAgainWithinHalfAMinute(double perSecond) {
        for (long seed = 0; seed < 10; seed++) {
            Calls calls = new Calls(seed, perSecond, SECOND, AttemptResult.FAILURE);
            calls.until(30 * SECOND, now -> false);
            calls.until(32 * SECOND, now -> true);
            calls.until(62 * SECOND, now -> false);

            double share = share(calls.until(92 * SECOND, now -> false));

            assertThat(share).as("seed %d", seed).isGreaterThan(0.125);
        }
    }

    @Test
    void instanceThatHungForLong_hasItsShareAgainWithinHalfAMinute() {
        for (long seed = 0; seed < 10; seed++) {
            Calls calls = new Calls(seed, 50, SECOND, AttemptResult.FAILURE);
            calls.until(30 * SECOND, now -> false);
            calls.until(330 * SECOND, now -> true);
            calls.until(360 * SECOND, now -> false);

            double share = share(calls.until(390 * SECOND, now -> false));

            assertThat(share).as("seed %d", seed).isGreaterThan(0.125);
        }
    }
}
