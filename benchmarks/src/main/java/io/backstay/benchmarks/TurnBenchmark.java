package io.backstay.benchmarks;

import io.backstay.BalancePolicy;
import io.backstay.ServiceInstance;
import io.backstay.balance.Chosen;
import io.backstay.balance.InstancePool;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.SubchannelPicker;
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
 * Other ways of choosing, beside gRPC's round robin. That one only takes the next: it counts no attempts, and knows neither what this call
 * has tried nor who has room, so it shows where the floor is.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TurnBenchmark {

    private static final int WEIGHTS = 10;

    /** How many instances. */
    @Param({"10", "1000"})
    public int size;

    private final PickPool.Call call = new PickPool.Call("ada");
    private InstancePool turns = PickPool.of(1, BalancePolicy.ROUND_ROBIN, 1);
    private InstancePool fewest = PickPool.of(1, BalancePolicy.LEAST_REQUESTS, 1);
    private InstancePool chance = PickPool.of(1, BalancePolicy.RANDOM, 1);
    private InstancePool keys = PickPool.of(1, BalancePolicy.CONSISTENT_HASH, 1);
    private SubchannelPicker grpc = new GrpcTurns().picker(1);
    private final NaiveTurns naive = new NaiveTurns();
    private long now = 20_000_000;

    /** Pools of that size. */
    @Setup
    public void fill() {
        turns = PickPool.of(size, BalancePolicy.ROUND_ROBIN, 1);
        fewest = PickPool.of(size, BalancePolicy.LEAST_REQUESTS, 1);
        chance = PickPool.of(size, BalancePolicy.RANDOM, WEIGHTS);
        keys = PickPool.of(size, BalancePolicy.CONSISTENT_HASH, 1);
        grpc = new GrpcTurns().picker(size);
        naive.weights(size, WEIGHTS);
    }

    private ServiceInstance pick(InstancePool pool) {
        now += 1_000;
        Chosen chosen = PickPool.chosen(pool, call, now);
        ServiceInstance instance = chosen.instance();
        chosen.ended();
        return instance;
    }

    /** In turn. */
    @Benchmark
    public ServiceInstance backstay_roundRobin() {
        return pick(turns);
    }

    /** The fewest attempts in progress. */
    @Benchmark
    public ServiceInstance backstay_leastRequests() {
        return pick(fewest);
    }

    /** By chance, with weights. */
    @Benchmark
    public ServiceInstance backstay_random() {
        return pick(chance);
    }

    /** By key. */
    @Benchmark
    public ServiceInstance backstay_consistentHash() {
        return pick(keys);
    }

    /** The next, as gRPC-java has it. */
    @Benchmark
    public PickResult grpc_roundRobin() {
        return grpc.pickSubchannel(GrpcTurns.ANY);
    }

    /** Smooth weighted round robin turn by turn, as it was published, by one thread. */
    @Benchmark
    public int naive_weightedRoundRobin() {
        return naive.next();
    }
}
