package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class PredictionTest {

    private static final int SEEDS = 20;
    private static final double GROWTH = 1.1;
    private static final Duration PAST = Duration.ofMinutes(3);

    /** How latencies are spread round their mean. */
    enum Noise {
        EXPONENTIAL {
            @Override
            double of(Random random) {
                return -Math.log(1 - random.nextDouble());
            }
        },
        /** Of a hundred one takes eight times as long as the median. */
        LOGNORMAL {
            @Override
            double of(Random random) {
                return Math.exp(0.9 * random.nextGaussian() - 0.405);
            }
        },
        /** Mostly quick, and one of twenty takes twenty times as long. */
        TWO_WAYS {
            @Override
            double of(Random random) {
                return (random.nextInt(20) == 0 ? 10.5 : 0.5) * (0.5 + random.nextDouble());
            }
        };

        abstract double of(Random random);
    }

    /** Calls at chance times, each in progress as long as a rule says for its instance and second. */
    static final class Stream {
        final PoolFixture fixture;
        final Random random;
        final double betweenNanos;
        final double timeout;
        final PriorityQueue<Running> running =
                new PriorityQueue<>((one, other) -> Long.compare(one.endNanos(), other.endNanos()));
        long nowNanos;
        long calls;
        long failed;

        record Running(Chosen chosen, TestCall call, boolean fails, long startNanos, long endNanos) {}

        Stream(String balancer, long seed, double perSecond, double timeout, EjectionPolicy ejection) {
            this.fixture = new PoolFixture(BalancePolicy.of(balancer), ejection, builder -> builder);
            this.random = new Random(seed);
            this.betweenNanos = 1e9 / perSecond;
            this.timeout = timeout;
            fixture.pool.onInstances(PoolFixture.instances(10));
        }

        void run(Duration lasting, ToDoubleBiFunction<String, Double> latencySeconds) {
            run(lasting, false, latencySeconds);
        }

        /** Until the time is over, or somebody was warned of where that ends it. */
        void run(Duration lasting, boolean untilWarned, ToDoubleBiFunction<String, Double> latencySeconds) {
            long start = nowNanos;
            long end = nowNanos + lasting.toNanos();
            while (nowNanos < end && !(untilWarned && !fixture.told.isEmpty())) {
                nowNanos += (long) (-Math.log(1 - random.nextDouble()) * betweenNanos);
                finish();
                TestCall call = new TestCall();
                Chosen chosen = fixture.pool.choose(call, nowNanos);
                double latency = latencySeconds.applyAsDouble(chosen.instance().id(), (nowNanos - start) / 1e9);
                long took = (long) (Math.min(latency, timeout) * 1e9);
                running.add(new Running(chosen, call, latency > timeout, nowNanos, nowNanos + took));
            }
        }

        private void finish() {
            while (!running.isEmpty() && running.peek().endNanos() <= nowNanos) {
                Running done = running.poll();
                AttemptResult result = done.fails() ? AttemptResult.FAILURE : AttemptResult.SUCCESS;
                fixture.pool.onResult(done.chosen(), done.call(), result, done.startNanos(), done.endNanos());
                done.chosen().ended();
                if (done.chosen().instance().id().equals("c")) {
                    calls++;
                    failed += done.fails() ? 1 : 0;
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "round-robin, EXPONENTIAL, 0.05, 1, 200",
        "round-robin, LOGNORMAL, 0.05, 1, 200",
        "round-robin, TWO_WAYS, 0.02, 2, 200",
        "peak-ewma, EXPONENTIAL, 0.05, 1, 200",
        "peak-ewma, LOGNORMAL, 0.05, 1, 200",
        "peak-ewma, EXPONENTIAL, 0.02, 10, 1000",
        "random, EXPONENTIAL, 0.05, 2, 80"
    })
    void latencyThatGrowsTenPercentASecond_isWarnedOf_before5PercentOfItsCallsFail(
            String balancer, Noise noise, double seconds, double timeout, double perSecond) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Stream stream = new Stream(balancer, seed, perSecond, timeout, EjectionPolicy.standard());
            stream.run(PAST, (id, age) -> Math.min(timeout, seconds * noise.of(stream.random)));
            assertThat(stream.fixture.told).as("seed %d, before", seed).isEmpty();
            stream.calls = 0;
            stream.failed = 0;

            stream.run(
                    Duration.ofMinutes(5),
                    true,
                    (id, age) -> seconds * noise.of(stream.random) * (id.equals("c") ? Math.pow(GROWTH, age) : 1));

            assertThat(stream.fixture.told).as("seed %d", seed).hasSize(1);
            assertThat(stream.fixture.told.get(0)).as("seed %d", seed).startsWith("c degrading: ");
            assertThat(stream.failed).as("seed %d, of %d", seed, stream.calls).isLessThan(1 + stream.calls / 20);
            assertThat(stream.fixture.pool.warnings()).isEqualTo(1);
            assertThat(stream.fixture.state("c").isDegrading()).isTrue();
            assertThat(stream.fixture.state("c").share()).isLessThan(0.9);
        }
    }

    /** Three times a day of ten instances. */
    @ParameterizedTest
    @CsvSource({
        "round-robin, EXPONENTIAL",
        "round-robin, LOGNORMAL",
        "round-robin, TWO_WAYS",
        "peak-ewma, EXPONENTIAL",
        "peak-ewma, LOGNORMAL"
    })
    void steadyNoise_isHardlyEverAReasonToWarn(String balancer, Noise noise) {
        List<String> alarms = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            Stream stream = new Stream(balancer, seed, 20, 10, EjectionPolicy.standard());
            stream.run(Duration.ofHours(24), (id, age) -> 0.05 * noise.of(stream.random));
            for (String each : stream.fixture.told) {
                if (each.contains("degrading")) {
                    alarms.add(seed + each.substring(0, 1));
                }
            }
        }

        assertThat(alarms).as("at most one for an instance and day").doesNotHaveDuplicates();
        assertThat(alarms).as("of 30 instances and days").hasSizeLessThan(2);
    }

    @Test
    void steadyFailures_areNoReasonToWarn() {
        Stream stream = new Stream(BalancePolicy.ROUND_ROBIN, 1, 50, 10, EjectionPolicy.off());
        stream.run(
                Duration.ofHours(12),
                (id, age) -> stream.random.nextDouble() < 0.02 ? 20 : 0.05 * Noise.EXPONENTIAL.of(stream.random));

        assertThat(stream.fixture.told).isEmpty();
    }

    @Test
    void loadThatSlowsAllAlike_isNobodysFault() {
        Stream stream = new Stream(BalancePolicy.ROUND_ROBIN, 1, 200, 10, EjectionPolicy.standard());
        stream.run(
                Duration.ofMinutes(30),
                (id, age) -> 0.05 * Noise.EXPONENTIAL.of(stream.random) * (1.2 + Math.sin(age / 60)));

        assertThat(stream.fixture.told).isEmpty();
    }

    @Test
    void failuresThatGrow_areWarnedOf_beforeTheyEject() {
        Stream stream = new Stream(BalancePolicy.ROUND_ROBIN, 1, 200, 10, EjectionPolicy.standard());
        ToDoubleBiFunction<String, Double> latency = (id, age) -> {
            boolean fails = id.equals("c") && stream.random.nextDouble() < 0.002 * age;
            return fails ? 20 : Math.min(5, 0.05 * Noise.EXPONENTIAL.of(stream.random));
        };
        stream.run(PAST, (id, age) -> latency.applyAsDouble(id, 0.0));
        stream.run(Duration.ofMinutes(5), true, latency);

        assertThat(stream.fixture.told).hasSize(1);
        assertThat(stream.fixture.told.get(0)).startsWith("c degrading: ").contains("of its calls fail");
    }

    @Test
    void oneThatRecovers_getsItsCallsBack() {
        Stream stream = new Stream(BalancePolicy.ROUND_ROBIN, 1, 200, 10, EjectionPolicy.standard());
        ToDoubleBiFunction<String, Double> usual = (id, age) -> 0.05 * Noise.EXPONENTIAL.of(stream.random);
        stream.run(PAST, usual);
        stream.run(Duration.ofSeconds(30), true, (id, age) -> usual.applyAsDouble(id, age) * (id.equals("c") ? 5 : 1));
        int[] before = new int[] {stream.fixture.counts(1_000).getOrDefault("c", 0)};

        stream.run(Duration.ofMinutes(2), usual);

        assertThat(before[0]).isLessThan(50);
        assertThat(stream.fixture.told).last().isEqualTo("c restored: it does as well as before");
        assertThat(stream.fixture.state("c").share()).isEqualTo(1);
    }

    @Test
    void predictionThatIsSwitchedOff_warnsOfNobody_andTakesWarningsBack() {
        Stream stream = new Stream(BalancePolicy.ROUND_ROBIN, 1, 200, 10, EjectionPolicy.standard());
        ToDoubleBiFunction<String, Double> usual = (id, age) -> 0.05 * Noise.EXPONENTIAL.of(stream.random);
        ToDoubleBiFunction<String, Double> slow = (id, age) -> usual.applyAsDouble(id, age) * (id.equals("c") ? 5 : 1);
        stream.run(PAST, usual);
        stream.run(Duration.ofSeconds(30), true, slow);
        BalancePolicy off = BalancePolicy.builder()
                .balancer(BalancePolicy.ROUND_ROBIN)
                .prediction(false)
                .build();

        stream.fixture.pool.follow(off, EjectionPolicy.standard());
        stream.run(Duration.ofMinutes(5), slow);

        assertThat(stream.fixture.told).hasSize(2).last().asString().startsWith("c restored");
        assertThat(stream.fixture.state("c").share()).isEqualTo(1);
    }
}
