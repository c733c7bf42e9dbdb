package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.EjectionPolicy;
import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.spi.SystemTime;
import io.backstay.spi.VirtualTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Many threads choose, learn and give back while the instances, their weights and the policy change. */
class PoolThreadsTest {

    private static final int THREADS = 4;
    private static final int CALLS = 100_000;
    private static final int LIMIT = 2;

    private final VirtualTime time = new VirtualTime();
    private final Map<ServiceInstance, ConcurrencyLimit> limits = new ConcurrentHashMap<>();
    private final AtomicLong clock = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    private ConcurrencyLimit limit(ServiceInstance instance) {
        return limits.computeIfAbsent(
                instance,
                each -> new ConcurrencyLimit(
                        each.id(), ConcurrencyPolicy.fixed(LIMIT), time, time, SystemTime.shared()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"peak-ewma", "round-robin", "least-requests", "random", "consistent-hash"})
    void everyPermitComesBack_andNothingStaysPending(String balancer) throws Exception {
        InstancePool pool = InstancePool.builder("users")
                .policies(BalancePolicy.of(balancer), EjectionPolicy.standard())
                .limits(this::limit)
                .time(time, time)
                .build();
        pool.onInstances(PoolFixture.instances(6));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
        try {
            List<Future<?>> callers = IntStream.range(0, THREADS)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> call(pool)))
                    .toList();
            Future<?> changer = threads.submit(() -> change(pool, balancer));
            for (Future<?> caller : callers) {
                caller.get(60, TimeUnit.SECONDS);
            }
            changer.get(60, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }

        assertThat(pool.states()).allMatch(state -> state.pending() == 0);
        assertThat(limits.values()).allMatch(limit -> limit.inFlight() == 0);
        assertThat(refused.get())
                .as("refused although six instances had room for twelve")
                .isZero();
    }

    private void call(InstancePool pool) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int i = 0; i < CALLS; i++) {
            TestCall call =
                    new TestCall("/" + random.nextInt(3), random.nextBoolean() ? "k" + random.nextInt(50) : null);
            long start = clock.addAndGet(100_000);
            Chosen chosen = pool.choose(call, start);
            if (chosen == null) {
                refused.incrementAndGet();
                continue;
            }
            boolean fails = chosen.instance().id().equals("b") && random.nextInt(3) > 0;
            long end = clock.addAndGet(100_000);
            pool.onResult(chosen, call, fails ? AttemptResult.FAILURE : AttemptResult.SUCCESS, start, end);
            switch (random.nextInt(3)) {
                case 0 -> chosen.carried(end);
                case 1 -> chosen.overloaded(end);
                default -> chosen.ended();
            }
        }
    }

    /** Six to ten instances, so that there is always room; every policy in turn. */
    private void change(InstancePool pool, String balancer) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int i = 0; i < 300; i++) {
            int weight = 1 + random.nextInt(3);
            pool.onInstances(PoolFixture.instances(6 + random.nextInt(5)).stream()
                    .map(each -> each.toBuilder().weight(weight).build())
                    .toList());
            pool.onHealthy(PoolFixture.instance(1));
            BalancePolicy next = i % 3 == 0 ? BalancePolicy.standard() : BalancePolicy.of(balancer);
            pool.follow(next, i % 5 == 0 ? EjectionPolicy.off() : EjectionPolicy.standard());
        }
        pool.onInstances(PoolFixture.instances(10));
    }
}
