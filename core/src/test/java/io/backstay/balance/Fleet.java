package io.backstay.balance;

import io.backstay.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Instances that serve one call after the other, and a stream of calls to them, on a clock of its own: a call that comes while another is
 * served waits in its instance's line. Times between calls and of service are exponential.
 */
final class Fleet {

    /** Chooses the instance for a call, and may learn from what came of it. */
    interface Chooser {
        int choose(long nowNanos);

        default void ended(int instance, long startNanos, long nowNanos) {}
    }

    private record Arrival(long atNanos, int instance, long startNanos) {}

    private final Random random;
    final double[] meanNanos;
    final int[] pending;
    private final long[] freeNanos;
    private final PriorityQueue<Arrival> running =
            new PriorityQueue<>((one, other) -> Long.compare(one.atNanos(), other.atNanos()));

    Fleet(long seed, double... meanNanos) {
        this.random = new Random(seed);
        this.meanNanos = meanNanos;
        this.pending = new int[meanNanos.length];
        this.freeNanos = new long[meanNanos.length];
    }

    /** Latencies of so many calls, in nanoseconds, without the first tenth, at this part of what all can serve. */
    List<Long> run(Chooser chooser, double load, int calls) {
        double perNano = 0;
        for (double mean : meanNanos) {
            perNano += 1 / mean;
        }
        double between = 1 / (perNano * load);
        List<Long> latencies = new ArrayList<>(calls);
        double now = 0;
        for (int i = 0; i < calls; i++) {
            now += exponential(between);
            finish((long) now, chooser);
            int chosen = chooser.choose((long) now);
            long start = Math.max((long) now, freeNanos[chosen]);
            long end = start + (long) exponential(meanNanos[chosen]);
            freeNanos[chosen] = end;
            pending[chosen]++;
            running.add(new Arrival(end, chosen, (long) now));
            if (i >= calls / 10) {
                latencies.add(end - (long) now);
            }
        }
        finish(Long.MAX_VALUE, chooser);
        return latencies;
    }

    private void finish(long untilNanos, Chooser chooser) {
        while (!running.isEmpty() && running.peek().atNanos() <= untilNanos) {
            Arrival done = running.poll();
            pending[done.instance()]--;
            chooser.ended(done.instance(), done.startNanos(), done.atNanos());
        }
    }

    private double exponential(double mean) {
        return -Math.log(1 - random.nextDouble()) * mean;
    }

    static Duration percentile(List<Long> latencies, double share) {
        List<Long> sorted = latencies.stream().sorted().toList();
        return Duration.ofNanos(sorted.get((int) (share * (sorted.size() - 1))));
    }

    /** Knows all means and lines, and takes the least of line times mean. */
    Chooser omniscient() {
        return now -> {
            int size = meanNanos.length;
            int first = random.nextInt(size);
            int best = first;
            for (int i = 1; i < size; i++) {
                int each = (first + i) % size;
                if ((pending[each] + 1) * meanNanos[each] < (pending[best] + 1) * meanNanos[best]) {
                    best = each;
                }
            }
            return best;
        };
    }

    /** A pool that learns from what it chose. */
    static final class Pooled implements Chooser {

        private final InstancePool pool;
        private final Supplier<TestCall> calls;
        private final Map<ServiceInstance, Integer> index = new HashMap<>();
        private final List<Chosen> chosen = new ArrayList<>();
        private TestCall call = new TestCall();

        Pooled(InstancePool pool, Supplier<TestCall> calls) {
            this.pool = pool;
            this.calls = calls;
            for (InstanceState each : pool.states()) {
                index.put(each.instance(), index.size());
                chosen.add(null);
            }
        }

        @Override
        public int choose(long nowNanos) {
            call = calls.get();
            Chosen next = pool.choose(call, nowNanos);
            int instance = index.get(next.instance());
            chosen.set(instance, next);
            return instance;
        }

        @Override
        public void ended(int instance, long startNanos, long nowNanos) {
            Chosen done = chosen.get(instance);
            pool.onResult(done, call, AttemptResult.SUCCESS, startNanos, nowNanos);
            done.ended();
        }
    }
}
