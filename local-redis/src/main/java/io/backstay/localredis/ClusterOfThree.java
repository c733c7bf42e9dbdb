package io.backstay.localredis;

import java.util.ArrayList;
import java.util.List;

/** A cluster of three primaries, and replicas of them by choice. */
public final class ClusterOfThree implements AutoCloseable {

    private static final int PRIMARIES = 3;
    private static final int SLOTS = 16_384;
    private static final int EACH = SLOTS / PRIMARIES + 1;

    private final List<RedisProcess> primaries = new ArrayList<>();
    private final List<RedisProcess> replicas = new ArrayList<>();

    private ClusterOfThree() {}

    /** Starts one, and returns when it serves all slots. */
    public static ClusterOfThree start() {
        ClusterOfThree cluster = new ClusterOfThree();
        for (int i = 0; i < PRIMARIES; i++) {
            cluster.primaries.add(node());
        }
        for (int i = 0; i < PRIMARIES; i++) {
            RedisProcess node = cluster.primaries.get(i);
            List<String> command = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
            for (int slot = i * EACH; slot < Math.min(SLOTS, (i + 1) * EACH); slot++) {
                command.add(String.valueOf(slot));
            }
            node.command(command.toArray(String[]::new));
            node.command("CLUSTER", "SET-CONFIG-EPOCH", String.valueOf(i + 1));
        }
        cluster.meet(cluster.primaries);
        cluster.awaitWhole();
        return cluster;
    }

    /** Waits until the primaries agree that all slots are served. */
    public void awaitWhole() {
        Eventually.holds(() -> primaries.stream().allMatch(node -> isWhole(node, PRIMARIES + replicas.size())));
    }

    /** Gives each primary a replica. */
    public ClusterOfThree withReplicas() {
        for (int i = 0; i < PRIMARIES; i++) {
            replicas.add(node());
        }
        List<RedisProcess> all = new ArrayList<>(primaries);
        all.addAll(replicas);
        meet(all);
        Eventually.holds(() -> all.stream().allMatch(node -> isWhole(node, 2 * PRIMARIES)));
        for (int i = 0; i < PRIMARIES; i++) {
            String id = primaries.get(i).command("CLUSTER", "MYID");
            RedisProcess replica = replicas.get(i);
            Eventually.holds(() -> replica.command("CLUSTER", "REPLICATE", id).equals("OK"));
        }
        Eventually.holds(() -> primaries.stream()
                .allMatch(node -> node.command("INFO", "replication").contains("state=online")));
        return this;
    }

    private static RedisProcess node() {
        return RedisProcess.of(
                RedisProcess.freePort(),
                List.of(
                        "--save", "",
                        "--appendonly", "no",
                        "--cluster-enabled", "yes",
                        "--cluster-node-timeout", "1000",
                        "--cluster-replica-validity-factor", "0",
                        "--repl-diskless-sync", "yes",
                        "--repl-diskless-sync-delay", "0"));
    }

    private void meet(List<RedisProcess> all) {
        for (RedisProcess node : all) {
            primaries.get(0).command("CLUSTER", "MEET", "127.0.0.1", String.valueOf(node.port()));
        }
    }

    private static boolean isWhole(RedisProcess node, int nodes) {
        String info = node.command("CLUSTER", "INFO");
        return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:" + nodes);
    }

    /** Of all primaries, as the store takes it. */
    public String uri() {
        return "redis-cluster://"
                + String.join(
                        ",",
                        primaries.stream()
                                .map(node -> "127.0.0.1:" + node.port())
                                .toList());
    }

    public List<RedisProcess> primaries() {
        return primaries;
    }

    /** The one that had a key's slot at the beginning. */
    public RedisProcess primaryOf(String key) {
        return primaries.get(Integer.parseInt(primaries.get(0).command("CLUSTER", "KEYSLOT", key)) / EACH);
    }

    public RedisProcess replicaOf(RedisProcess primary) {
        return replicas.get(primaries.indexOf(primary));
    }

    @Override
    public void close() {
        primaries.forEach(RedisProcess::close);
        replicas.forEach(RedisProcess::close);
    }
}
