package io.backstay.benchmarks;

import io.backstay.benchmarks.StoreFigures.Plan;
import io.backstay.benchmarks.StoreFigures.Round;
import io.backstay.benchmarks.StoreOperations.Operation;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/** One JVM's round of all that is measured of a store, against one Redis of its own. */
final class StoreRound {

    /** So that what is measured side by side has the same moods of the machine. */
    private static final int TURNS = 4;

    private static final int CALLS_AT_ONCE = 64;

    private final String uri;
    private final Plan plan;

    private StoreRound(String uri, Plan plan) {
        this.uri = uri;
        this.plan = plan;
    }

    /** Takes the URI of a Redis and a {@link Plan} as JSON; prints a {@link Round} as JSON. */
    public static void main(String[] args) throws Exception {
        Plan plan = JsonMapper.shared().readValue(args[1], Plan.class);
        System.out.println(JsonMapper.shared().writeValueAsString(new StoreRound(args[0], plan).measure()));
        System.exit(0);
    }

    private Round measure() throws Exception {
        List<StoreLoad> single;
        List<StoreLoad> pipelined;
        try (StoreOperations operations = new StoreOperations(uri)) {
            loads(operations, CALLS_AT_ONCE);
            single = loads(operations, 1);
            pipelined = loads(operations, CALLS_AT_ONCE);
        }
        RedisClient client = RedisClient.create(uri);
        StatefulRedisConnection<String, String> connection = client.connect();
        RedisCommands<String, String> redis = connection.sync();
        redis.flushall();
        StoreChanges changes = StoreChanges.measure(uri, plan.changesSeconds());
        redis.flushall();
        StoreReading reading = StoreReading.measure(uri, redis, plan);
        redis.flushall();
        List<StoreRenewals> renewals = StoreRenewals.measure(uri, connection, plan.renewSeconds());
        client.shutdown();
        return new Round(single, pipelined, changes, reading, renewals);
    }

    private List<StoreLoad> loads(StoreOperations operations, int atOnce) throws InterruptedException {
        Map<Operation, StoreLoad.Recorder> recorders = new LinkedHashMap<>();
        for (Operation operation : operations.all()) {
            recorders.put(operation, new StoreLoad.Recorder(operation, atOnce));
        }
        long nanos = TimeUnit.MILLISECONDS.toNanos(plan.loadMillis()) / TURNS;
        for (int turn = 0; turn < TURNS; turn++) {
            for (StoreLoad.Recorder recorder : recorders.values()) {
                recorder.run(nanos);
            }
        }
        return recorders.values().stream().map(StoreLoad.Recorder::load).toList();
    }
}
