package io.backstay.benchmarks;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import io.backstay.Priority;
import io.backstay.ServiceInstance;
import io.backstay.balance.AttemptResult;
import io.backstay.balance.Chosen;
import io.backstay.balance.InstancePool;
import io.backstay.balance.Selection;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Pools of instances that have all answered before, some quicker than others, and calls to choose for. */
final class PickPool {

    private static final long MILLI = Duration.ofMillis(1).toNanos();

    private PickPool() {}

    /** With weights from 1 up to this in turn. */
    static InstancePool of(int size, String balancer, int greatestWeight) {
        InstancePool pool = InstancePool.builder("users")
                .policies(BalancePolicy.of(balancer), EjectionPolicy.standard())
                .build();
        pool.onInstances(instances(size, greatestWeight));
        Call call = new Call(null);
        for (int i = 0; i < 3 * size; i++) {
            Chosen chosen = chosen(pool, call, 0);
            pool.onResult(chosen, call, AttemptResult.SUCCESS, 0, MILLI * (1 + i % 10));
            chosen.ended();
        }
        return pool;
    }

    static Chosen chosen(InstancePool pool, Selection call, long nowNanos) {
        Chosen chosen = pool.choose(call, nowNanos);
        if (chosen == null) {
            throw new IllegalStateException("there is always one");
        }
        return chosen;
    }

    private static List<ServiceInstance> instances(int size, int greatestWeight) {
        return IntStream.range(0, size)
                .mapToObj(i -> ServiceInstance.builder("users")
                        .id("users-" + i)
                        .host("10." + (i >> 16 & 255) + "." + (i >> 8 & 255) + "." + (i & 255))
                        .port(8080)
                        .weight(1 + i % greatestWeight)
                        .build())
                .toList();
    }

    /** A call's first attempt. */
    static final class Call extends Selection {

        private final @Nullable String affinity;

        Call(@Nullable String affinity) {
            this.affinity = affinity;
        }

        @Override
        protected boolean hasTried(ServiceInstance candidate) {
            return false;
        }

        @Override
        protected boolean hasTriedAny() {
            return false;
        }

        @Override
        protected Priority priority() {
            return Priority.NORMAL;
        }

        @Override
        protected String method() {
            return "GET";
        }

        @Override
        protected String pathTemplate() {
            return "/users/{id}";
        }

        @Override
        protected @Nullable String affinity() {
            return affinity;
        }
    }
}
