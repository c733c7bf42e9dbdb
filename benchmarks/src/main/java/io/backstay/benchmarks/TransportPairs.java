package io.backstay.benchmarks;

import io.backstay.Backstay;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * One JVM's comparison of Backstay over one transport with the bare client of that transport, over loopback, for each
 * {@link CallKind}: blocks in {@link Quadruple}s, each block of as many calls.
 */
final class TransportPairs {

    private static final int FEWEST_CALLS_OF_A_CALLER = 2;
    private static final int FEWEST_QUADRUPLES = 3;
    private static final int FIRST_WARM_UP_TIMES = 4;

    private final String transport;
    private final long blockNanos;
    private final long warmUpNanos;
    private final long measureNanos;

    private TransportPairs(String transport, long blockNanos, long warmUpNanos, long measureNanos) {
        this.transport = transport;
        this.blockNanos = blockNanos;
        this.warmUpNanos = warmUpNanos;
        this.measureNanos = measureNanos;
    }

    /**
     * What one JVM measured for one kind of call.
     *
     * @param ratios one of each quadruple, Backstay's time over the bare client's
     */
    record Measured(CallKind kind, Side backstay, Side floor, List<Double> ratios) {}

    /**
     * Takes the transport's name and the milliseconds of a block, of warming up a kind of call and of measuring it; prints a list
     * of {@link Measured} as JSON.
     */
    public static void main(String[] args) throws Exception {
        TransportPairs pairs = new TransportPairs(args[0], nanos(args[1]), nanos(args[2]), nanos(args[3]));
        for (CallKind kind : CallKind.warmUps()) {
            pairs.measure(kind, FIRST_WARM_UP_TIMES * pairs.warmUpNanos, 0);
        }
        List<Measured> all = new ArrayList<>();
        for (CallKind kind : CallKind.all()) {
            all.add(pairs.measure(kind, pairs.warmUpNanos, pairs.measureNanos));
        }
        System.out.println(JsonMapper.shared().writeValueAsString(all));
        System.exit(0);
    }

    private static long nanos(String millis) {
        return Duration.ofMillis(Long.parseLong(millis)).toNanos();
    }

    private Measured measure(CallKind kind, long warmUp, long measure) throws Exception {
        byte[] body = kind.body();
        try (LeanServer server = new LeanServer(kind.requestBytes(), kind.answerBytes());
                ByteExchange bare = bare(server.address(), body);
                Callers callers = new Callers(kind.callers(), kind.async());
                Backstay root = Backstay.builder()
                        .setting("backstay.transport", transport)
                        .endpoint("user-service", server.address())
                        .build()) {
            ByteExchange backstay = new BackstayExchange(root.client("user-service"), body);
            int calls =
                    warmUp(kind, side("backstay", kind, backstay, callers), side("floor", kind, bare, callers), warmUp);
            return measure(
                    kind,
                    side("backstay", kind, backstay, callers),
                    side("floor", kind, bare, callers),
                    calls,
                    measure);
        }
    }

    private ByteExchange bare(URI address, byte @Nullable [] body) {
        return switch (transport) {
            case "jdk" -> new JdkExchange(BareClients.jdk(), address, body);
            case "okhttp" -> new OkHttpExchange(BareClients.okHttp(), address, body);
            default -> throw new IllegalArgumentException("no bare client is known below the transport " + transport);
        };
    }

    private Side.Recorder side(String system, CallKind kind, ByteExchange exchange, Callers callers) {
        String benchmark = String.join("_", system, transport, kind.method().toLowerCase(Locale.ROOT), kind.way());
        return new Side.Recorder(benchmark, exchange, callers, kind.answerBytes());
    }

    /** Says how many calls the bare client makes in a block's time. */
    private int warmUp(CallKind kind, Side.Recorder backstay, Side.Recorder bare, long nanos) throws Exception {
        int fewest = FEWEST_CALLS_OF_A_CALLER * kind.callers();
        int calls = fewest;
        long start = System.nanoTime();
        do {
            int now = calls;
            Quadruple quadruple = Quadruple.of(() -> backstay.run(now), () -> bare.run(now));
            long fitting = 2L * now * blockNanos / quadruple.bareNanos();
            calls = (int) Math.max(fewest, Math.min(fitting, 4L * now));
        } while (System.nanoTime() - start < nanos);
        return calls;
    }

    private static Measured measure(CallKind kind, Side.Recorder backstay, Side.Recorder bare, int calls, long nanos)
            throws Exception {
        List<Double> ratios = new ArrayList<>();
        long start = System.nanoTime();
        while (ratios.size() < FEWEST_QUADRUPLES || System.nanoTime() - start < nanos) {
            ratios.add(Quadruple.of(() -> backstay.run(calls), () -> bare.run(calls))
                    .ratio());
        }
        return new Measured(kind, backstay.side(), bare.side(), ratios);
    }
}
