package io.backstay.benchmarks;

import io.backstay.BalancePolicy;
import io.backstay.ServiceInstance;
import io.backstay.balance.AttemptResult;
import io.backstay.balance.Chosen;
import io.backstay.balance.InstancePool;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What choosing an instance costs, of ten or of a hundred thousand: from a call to an instance that counts one more attempt, and back.
 * {@code backstay_peakEwmaAttempt} learns from the answer besides: latency, success, endpoint. Where nothing is learned, all have soon been
 * silent for longer than the decay time, which makes each cost an exponential dearer.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PickBenchmark {

    private static final long STEP_NANOS = 1_000;
    private static final int WEIGHTS = 10;

    /** How many instances. */
    @Param({"10", "1000", "10000", "100000"})
    public int size;

    private InstancePool peakEwma = PickPool.of(1, BalancePolicy.PEAK_EWMA, 1);
    private InstancePool weightedTurns = PickPool.of(1, BalancePolicy.ROUND_ROBIN, 1);

    /** A thread's own call and clock. */
    @State(Scope.Thread)
    public static class Caller {
        private final PickPool.Call call = new PickPool.Call(null);
        private long now = 20_000_000;

        private long next() {
            now += STEP_NANOS;
            return now;
        }
    }

    /** Pools of that size. */
    @Setup
    public void fill() {
        peakEwma = PickPool.of(size, BalancePolicy.PEAK_EWMA, 1);
        weightedTurns = PickPool.of(size, BalancePolicy.ROUND_ROBIN, WEIGHTS);
    }

    private static ServiceInstance pick(InstancePool pool, Caller caller) {
        Chosen chosen = PickPool.chosen(pool, caller.call, caller.next());
        ServiceInstance instance = chosen.instance();
        chosen.ended();
        return instance;
    }

    /** Power of two choices with peak EWMA. */
    @Benchmark
    public ServiceInstance backstay_peakEwma(Caller caller) {
        return pick(peakEwma, caller);
    }

    /** The same, and what is learned from the answer. */
    @Benchmark
    public ServiceInstance backstay_peakEwmaAttempt(Caller caller) {
        long start = caller.next();
        Chosen chosen = PickPool.chosen(peakEwma, caller.call, start);
        peakEwma.onResult(chosen, caller.call, AttemptResult.SUCCESS, start - STEP_NANOS * STEP_NANOS, start);
        ServiceInstance instance = chosen.instance();
        chosen.carried(start);
        return instance;
    }

    /** Smooth weighted round robin, with weights from 1 to 10. */
    @Benchmark
    public ServiceInstance backstay_weightedRoundRobin(Caller caller) {
        return pick(weightedTurns, caller);
    }
}
