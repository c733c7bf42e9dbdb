package io.backstay.benchmarks;

import io.backstay.Backstay;
import io.backstay.ServiceClient;
import io.backstay.ServiceResponse;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * One JVM's comparison of the whole engine over {@code backstay-http-jdk} with a bare {@link HttpClient}: blocking GETs by one
 * caller over loopback, for each size of body.
 *
 * <p>Blocks of calls follow one another in {@link Quadruple}s. Both systems run equally often before measuring begins. The bare
 * client is configured as the transport's, has the same kind of executor and, as its users would give it, the same timeout
 * on each request, which it keeps up to the headers only. It sends neither correlation id nor remaining time.
 */
final class LoopbackPairs {

    /** Some 20 ms: many times what a timer or a switch of threads takes, short against the moods of a shared machine. */
    static final int BLOCK = 200;

    private static final int[] BODY_BYTES = {100, 10_000};

    private LoopbackPairs() {}

    /**
     * What one JVM measured for one size of body.
     *
     * @param backstayMicros mean time of a call
     * @param bareMicros mean time of a call
     * @param ratios one of each quadruple, Backstay's time over the bare client's
     */
    record Pairs(int bodyBytes, double backstayMicros, double bareMicros, List<Double> ratios) {}

    /** Something that makes one call and says how long the answer's body was. */
    @FunctionalInterface
    private interface Exchange {
        int call() throws Exception;
    }

    /** Takes the number of quadruples to warm up and to measure; prints a list of {@link Pairs} as JSON. */
    public static void main(String[] args) throws Exception {
        List<Pairs> all = new ArrayList<>();
        for (int bodyBytes : BODY_BYTES) {
            all.add(measure(bodyBytes, Integer.parseInt(args[0]), Integer.parseInt(args[1])));
        }
        System.out.println(JsonMapper.shared().writeValueAsString(all));
        System.exit(0);
    }

    private static Pairs measure(int bodyBytes, int warmUps, int quadruples) throws Exception {
        try (LeanServer server = new LeanServer(bodyBytes);
                Backstay root = Backstay.builder()
                        .setting("backstay.transport", "jdk")
                        .endpoint("user-service", server.address())
                        .build()) {
            Exchange backstay = backstay(root.client("user-service"));
            ByteExchange bare = new JdkExchange(BareClients.jdk(), server.address(), null);
            return measure(bodyBytes, backstay, () -> bare.call().length, warmUps, quadruples);
        }
    }

    private static Pairs measure(int bodyBytes, Exchange backstay, Exchange bare, int warmUps, int quadruples)
            throws Exception {
        List<Double> ratios = new ArrayList<>();
        double backstayNanos = 0;
        double bareNanos = 0;
        for (int i = -warmUps; i < quadruples; i++) {
            Quadruple quadruple = Quadruple.of(() -> block(backstay, bodyBytes), () -> block(bare, bodyBytes));
            if (i >= 0) {
                ratios.add(quadruple.ratio());
                backstayNanos += quadruple.backstayNanos();
                bareNanos += quadruple.bareNanos();
            }
        }
        double calls = 2.0 * BLOCK * quadruples;
        return new Pairs(bodyBytes, backstayNanos / calls / 1_000, bareNanos / calls / 1_000, ratios);
    }

    private static long block(Exchange exchange, int bodyBytes) throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < BLOCK; i++) {
            if (exchange.call() != bodyBytes) {
                throw new IllegalStateException("an answer is not as the server sends it");
            }
        }
        return System.nanoTime() - start;
    }

    private static Exchange backstay(ServiceClient client) {
        return () -> {
            ServiceResponse response = client.get("/users/{id}", 1).execute();
            return response.status() == 200 ? response.length() : -1;
        };
    }
}
