package io.backstay.localredis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A primary with two replicas and three Sentinels, which fail over after a second or so. */
public final class SentinelSet implements AutoCloseable {

    public static final String NAME = "backstay-primary";

    private static final int SENTINELS = 3;

    private final List<RedisProcess> servers = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();

    private SentinelSet() {}

    /** Starts one, servers with these settings besides; returns when the Sentinels know each other and all servers. */
    public static SentinelSet start(String... settings) {
        SentinelSet set = new SentinelSet();
        RedisProcess primary = RedisProcess.server(settings);
        set.servers.add(primary);
        for (int i = 0; i < 2; i++) {
            List<String> all = new ArrayList<>(List.of(settings));
            all.addAll(List.of("--replicaof", "127.0.0.1", String.valueOf(primary.port())));
            all.addAll(List.of("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"));
            set.servers.add(RedisProcess.server(all.toArray(String[]::new)));
        }
        for (int i = 0; i < SENTINELS; i++) {
            set.sentinels.add(sentinel(primary));
        }
        Eventually.holds(set::isComplete);
        return set;
    }

    private static RedisProcess sentinel(RedisProcess primary) {
        int port = RedisProcess.freePort();
        try {
            Path file = Files.createTempFile("backstay-sentinel-", ".conf");
            file.toFile().deleteOnExit();
            Files.write(
                    file,
                    List.of(
                            "port " + port,
                            "bind 127.0.0.1",
                            "sentinel monitor " + NAME + " 127.0.0.1 " + primary.port() + " 2",
                            "sentinel down-after-milliseconds " + NAME + " 1000",
                            "sentinel failover-timeout " + NAME + " 3000"));
            return RedisProcess.of(port, List.of(file.toString(), "--sentinel"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isComplete() {
        return sentinels.stream().allMatch(sentinel -> {
            String words = sentinel.command("SENTINEL", "MASTER", NAME);
            return words.contains("num-slaves\n2\n") && words.contains("num-other-sentinels\n2\n");
        });
    }

    /** Of all Sentinels, as the store takes it. */
    public String uri() {
        return "redis-sentinel://"
                + String.join(
                        ",",
                        sentinels.stream()
                                .map(sentinel -> "127.0.0.1:" + sentinel.port())
                                .toList())
                + "#" + NAME;
    }

    public List<RedisProcess> servers() {
        return servers;
    }

    public List<RedisProcess> sentinels() {
        return sentinels;
    }

    /** The one that Sentinels name now. */
    public RedisProcess primary() {
        String port = sentinels
                .get(0)
                .command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
                .lines()
                .toList()
                .get(1);
        return servers.stream()
                .filter(server -> server.port() == Integer.parseInt(port))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until another one than this is the primary. */
    public RedisProcess awaitOtherThan(RedisProcess old) {
        Eventually.holds(() -> primary() != old && primary().command("ROLE").startsWith("master"));
        return primary();
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        servers.forEach(RedisProcess::close);
    }
}
