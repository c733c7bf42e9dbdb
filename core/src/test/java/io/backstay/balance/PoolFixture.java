package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import io.backstay.ServiceInstance;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** A pool on virtual time, and what it has told. */
final class PoolFixture {

    static final Duration FAST = Duration.ofMillis(10);

    final VirtualTime time = new VirtualTime();
    final List<String> told = new ArrayList<>();
    final InstancePool pool;

    PoolFixture(BalancePolicy balance, EjectionPolicy ejection, UnaryOperator<InstancePool.Builder> more) {
        this.pool = more.apply(InstancePool.builder("users")
                        .policies(balance, ejection)
                        .time(time, time)
                        .random(RandomSource.seeded(7))
                        .listener(new Listener()))
                .build();
    }

    PoolFixture(BalancePolicy balance) {
        this(balance, EjectionPolicy.standard(), builder -> builder);
    }

    static PoolFixture of(int instances) {
        PoolFixture fixture = new PoolFixture(BalancePolicy.standard());
        fixture.pool.onInstances(instances(instances));
        return fixture;
    }

    /** Called a, b, c and so on. */
    static List<ServiceInstance> instances(int number) {
        return IntStream.range(0, number).mapToObj(PoolFixture::instance).toList();
    }

    static ServiceInstance instance(int index) {
        return instance(name(index)).build();
    }

    static ServiceInstance.Builder instance(String name) {
        return ServiceInstance.builder("users").host(name).port(80).id(name);
    }

    static String name(int index) {
        return index < 26 ? String.valueOf((char) ('a' + index)) : "x" + index;
    }

    Chosen choose(Selection call) {
        return Objects.requireNonNull(pool.choose(call, time.nanoTime()));
    }

    String chosen() {
        return chosen(new TestCall());
    }

    /** Who is chosen for an attempt that ends at once and tells nothing. */
    String chosen(Selection call) {
        Chosen chosen = choose(call);
        chosen.ended();
        return chosen.instance().id();
    }

    /** How often each is chosen. */
    Map<String, Integer> counts(int calls) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (int i = 0; i < calls; i++) {
            counts.merge(chosen(), 1, Integer::sum);
        }
        return counts;
    }

    /** An attempt of a call, of a given end after a given time; says who was asked. */
    String call(TestCall call, AttemptResult result, Duration latency) {
        Chosen chosen = choose(call);
        end(chosen, call, result, latency);
        return chosen.instance().id();
    }

    void end(Chosen chosen, TestCall call, AttemptResult result, Duration latency) {
        long start = time.nanoTime();
        time.advance(latency);
        pool.onResult(chosen, call, result, start, time.nanoTime());
        chosen.ended();
    }

    InstanceState state(String id) {
        return pool.states().stream()
                .filter(state -> state.instance().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private final class Listener implements PoolListener {

        @Override
        public void onEjected(ServiceInstance instance, String reason, Duration lasting, int times) {
            told.add(instance.id() + " ejected for " + lasting.toSeconds() + " s: " + reason);
        }

        @Override
        public void onRestored(ServiceInstance instance, String reason) {
            told.add(instance.id() + " restored: " + reason);
        }

        @Override
        public void onDegrading(ServiceInstance instance, String reason) {
            told.add(instance.id() + " degrading: " + reason);
        }

        @Override
        public void onAvoided(ServiceInstance instance, String endpoint, Duration lasting) {
            told.add(instance.id() + " avoided for " + endpoint + " for " + lasting.toSeconds() + " s");
        }
    }
}
