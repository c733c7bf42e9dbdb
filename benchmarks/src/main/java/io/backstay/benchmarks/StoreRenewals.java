package io.backstay.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.store.redis.RedisStateStore;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * What 10,000 renewals a second cost, or as many signs of life, which no script can be cheaper than.
 *
 * @param atOnce how many in a call
 * @param redisCores how much of one core Redis took, by its own account
 * @param processCores how much of one core this process took, by that of its system
 * @param scriptMicros how long Redis was in the script of a call, by its own account
 */
record StoreRenewals(
        String benchmark, int atOnce, double perSecond, double redisCores, double processCores, double scriptMicros) {

    private static final int PER_SECOND = 10_000;
    private static final int ENTRIES = 10_000;
    private static final int MOST_AT_ONCE = 100;
    private static final int VALUE_BYTES = 100;
    private static final Duration LEASE = Duration.ofSeconds(15);

    /** One renewal in a call; a hundred in a call, and signs of life, both for half as long. */
    static List<StoreRenewals> measure(String uri, StatefulRedisConnection<String, String> redis, int seconds)
            throws Exception {
        try (RedisStateStore store = RedisStateStore.builder().uri(uri).build()) {
            StateTable table = store.table("things");
            List<StateLease> leases = fill(table);
            int half = Math.max(1, seconds / 2);
            List<StoreRenewals> all = new ArrayList<>();
            for (int atOnce : List.of(1, MOST_AT_ONCE)) {
                all.add(measure("backstay_renew", redis.sync(), atOnce, atOnce == 1 ? seconds : half, call -> {
                    int from = call * atOnce % ENTRIES;
                    return table.renew(leases.subList(from, from + atOnce)).thenAccept(lost -> {
                        if (!lost.isEmpty()) {
                            throw new IllegalStateException("not renewed: " + lost);
                        }
                    });
                }));
            }
            all.add(measure(
                    "floor_ping",
                    redis.sync(),
                    1,
                    Math.max(1, seconds / 2),
                    call -> redis.async().ping()));
            return all;
        }
    }

    private static List<StateLease> fill(StateTable table) throws Exception {
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
        return leases;
    }

    private static StoreRenewals measure(
            String name,
            RedisCommands<String, String> redis,
            int atOnce,
            int seconds,
            IntFunction<CompletionStage<?>> call) {
        repeat(atOnce, 1, call);
        redis.configResetstat();
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        double redisBefore = sum(redis.info("cpu"), "used_cpu_sys:") + sum(redis.info("cpu"), "used_cpu_user:");
        long processBefore = system.getProcessCpuTime();
        long begun = System.nanoTime();
        repeat(atOnce, seconds, call);
        double took = (System.nanoTime() - begun) / 1e9;
        double redisAfter = sum(redis.info("cpu"), "used_cpu_sys:") + sum(redis.info("cpu"), "used_cpu_user:");
        return new StoreRenewals(
                name,
                atOnce,
                seconds * PER_SECOND / took,
                (redisAfter - redisBefore) / took,
                (system.getProcessCpuTime() - processBefore) / 1e9 / took,
                sum(redis.info("commandstats").replaceAll("calls=.*usec_per_call=", ""), "cmdstat_evalsha:"));
    }

    private static void repeat(int atOnce, int seconds, IntFunction<CompletionStage<?>> call) {
        AtomicLong failed = new AtomicLong();
        Pace.keep(
                TimeUnit.SECONDS.toNanos(1) * atOnce / PER_SECOND,
                seconds * PER_SECOND / atOnce,
                number -> call.apply(number).whenComplete((done, error) -> failed.addAndGet(error == null ? 0 : 1)));
        if (failed.get() > 0) {
            throw new IllegalStateException(failed.get() + " calls failed");
        }
    }

    /** Of the lines that begin so, what stands behind that. */
    private static double sum(String info, String beginning) {
        return info.lines()
                .filter(line -> line.startsWith(beginning))
                .mapToDouble(line ->
                        Double.parseDouble(line.substring(beginning.length()).replaceFirst(",.*", "")))
                .sum();
    }
}
