package io.backstay.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.store.redis.RedisStateStore;
import io.lettuce.core.api.sync.RedisCommands;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What 10,000 renewals a second cost.
 *
 * @param atOnce how many in a call
 * @param redisCores how much of one core Redis took, by its own account
 * @param processCores how much of one core this process took, by that of its system
 */
record StoreRenewals(int atOnce, double perSecond, double redisCores, double processCores) {

    private static final int PER_SECOND = 10_000;
    private static final int ENTRIES = 10_000;
    private static final int WARM_UP_SECONDS = 2;
    private static final int VALUE_BYTES = 100;
    private static final Duration LEASE = Duration.ofSeconds(15);

    static StoreRenewals measure(String uri, RedisCommands<String, String> redis, int atOnce, int seconds)
            throws Exception {
        try (RedisStateStore store = RedisStateStore.builder().uri(uri).build()) {
            StateTable table = store.table("things");
            List<StateLease> leases = new ArrayList<>();
            for (int i = 0; i < ENTRIES; i++) {
                String key = "service/instance-" + i;
                StateWrite write = StateWrite.put(key, new byte[VALUE_BYTES]).withLease(LEASE);
                long version = table.apply(write)
                        .toCompletableFuture()
                        .get(1, TimeUnit.SECONDS)
                        .versions()
                        .get(0);
                leases.add(new StateLease(key, version, LEASE));
            }
            renew(table, leases, atOnce, WARM_UP_SECONDS);

            OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
            double redisBefore = cpuSeconds(redis);
            long processBefore = system.getProcessCpuTime();
            long begun = System.nanoTime();
            long renewed = renew(table, leases, atOnce, seconds);
            double took = (System.nanoTime() - begun) / 1e9;
            return new StoreRenewals(
                    atOnce,
                    renewed / took,
                    (cpuSeconds(redis) - redisBefore) / took,
                    (system.getProcessCpuTime() - processBefore) / 1e9 / took);
        }
    }

    private static long renew(StateTable table, List<StateLease> leases, int atOnce, int seconds) {
        AtomicLong failed = new AtomicLong();
        int calls = seconds * PER_SECOND / atOnce;
        Pace.keep(TimeUnit.SECONDS.toNanos(1) * atOnce / PER_SECOND, calls, call -> {
            int from = call * atOnce % ENTRIES;
            table.renew(leases.subList(from, from + atOnce))
                    .whenComplete((lost, error) -> failed.addAndGet(error == null && lost.isEmpty() ? 0 : 1));
        });
        if (failed.get() > 0) {
            throw new IllegalStateException(failed.get() + " renewals failed");
        }
        return (long) calls * atOnce;
    }

    private static double cpuSeconds(RedisCommands<String, String> redis) {
        return redis.info("cpu")
                .lines()
                .filter(line -> line.startsWith("used_cpu_sys:") || line.startsWith("used_cpu_user:"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                .sum();
    }
}
