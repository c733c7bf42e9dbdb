package io.backstay.benchmarks;

import io.backstay.localredis.RedisProcess;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * What all rounds measured of shared state on Redis.
 *
 * @param machine where
 * @param date when
 * @param redis its version
 */
record StoreFigures(Machine machine, String date, String redis, Plan plan, List<Round> rounds) {

    private static final List<String> JVM = List.of(
            "-XX:+UseSerialGC", "-Xms1g", "-Xmx1g", "-Xmn512m", "-Djava.net.preferIPv4Stack=true", "-Dlog.level=WARN");

    /**
     * How long to measure.
     *
     * @param rounds how often all is measured, each time in a new JVM against a new Redis
     * @param loadMillis how long each kind of operation is made, one at a time, and as long many at a time
     * @param changesSeconds how long changes are watched
     * @param readSeconds how long a table is read
     * @param entries how many entries it has
     * @param renewSeconds how long leases are renewed, one in a call, and half as long a hundred in a call
     */
    record Plan(int rounds, int loadMillis, int changesSeconds, int readSeconds, int entries, int renewSeconds) {

        /** Some 4 minutes. */
        static final Plan MEASUREMENT = new Plan(3, 1_500, 6, 2, 100_000, 10);

        /** To see whether it works, within half a minute. */
        static final Plan TRY = new Plan(1, 400, 2, 1, 10_000, 2);
    }

    /** One round: in one JVM, against one Redis. */
    record Round(
            List<StoreLoad> single,
            List<StoreLoad> pipelined,
            StoreChanges changes,
            StoreReading reading,
            List<StoreRenewals> renewals) {}

    /** Runs one round after another. */
    static StoreFigures measure(Plan plan) throws IOException, InterruptedException {
        List<Round> rounds = new ArrayList<>();
        String version = "";
        for (int round = 1; round <= plan.rounds(); round++) {
            System.out.println("# round " + round + " of " + plan.rounds());
            try (RedisProcess redis = RedisProcess.server()) {
                version = version(redis);
                List<String> arguments =
                        List.of(redis.uri(), JsonMapper.shared().writeValueAsString(plan));
                rounds.add(ForkedJvm.run(JVM, StoreRound.class, arguments, new TypeReference<>() {}));
            }
        }
        return new StoreFigures(
                Machine.here(), Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), version, plan, rounds);
    }

    private static String version(RedisProcess redis) {
        return redis.command("INFO", "server")
                .lines()
                .filter(line -> line.startsWith("redis_version:"))
                .map(line -> line.substring("redis_version:".length()))
                .findFirst()
                .orElse("of an unknown version");
    }
}
