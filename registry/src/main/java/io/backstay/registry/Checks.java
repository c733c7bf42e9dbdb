package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When each instance is checked: the first time at a moment of chance within the interval, then each interval, give or take a fifth, so
 * that checks are spread evenly; never more than so many at once. Touched on the registry's serial executor only, but for what it tells.
 */
final class Checks {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final double SPREAD = 0.2;
    /** Checks that fall due within this time begin together. */
    private static final long GRAIN_NANOS = Duration.ofMillis(5).toNanos();

    /** Is told what becomes of checks, serially. */
    interface Listener {
        void onChecked(Member member, Probe.Outcome outcome, InstanceHealth health);

        /** It was not checked, since others do. */
        void onLeftToOthers(Member member);
    }

    /** A place in the queue, which is no longer valid once the instance has another. */
    private record Place(long dueNanos, Checked checked, int turn) {}

    private final PriorityQueue<Place> queue = new PriorityQueue<>(Comparator.comparingLong(Place::dueNanos));
    private final Map<String, InstanceHealth> healths = new ConcurrentHashMap<>();
    private final LongAdder passed = new LongAdder();
    private final LongAdder failed = new LongAdder();

    private final ProviderContext context;
    private final SerialExecutor serial;
    private final Probes probes;
    private final int concurrency;
    private final Predicate<Member> isToLook;
    private final Listener listener;
    private int running;
    private @Nullable Cancellable wake;
    private long wakeNanos;
    private boolean closed;

    Checks(
            ProviderContext context,
            SerialExecutor serial,
            Probes probes,
            int concurrency,
            Predicate<Member> isToLook,
            Listener listener) {
        this.context = context;
        this.serial = serial;
        this.probes = probes;
        this.concurrency = concurrency;
        this.isToLook = isToLook;
        this.listener = listener;
    }

    /** Begins to check an instance, unless its service is not to be. */
    void start(Member member) {
        HealthCheck check = probes.check(member.service());
        if (member.checked != null || check.kind() == HealthCheck.Kind.NONE) {
            return;
        }
        Checked checked = new Checked(member, check, context.time().nanoTime());
        member.checked = checked;
        enqueue(checked, (long)
                (context.random().nextDouble() * check.interval().toNanos()));
        plan();
    }

    void stop(Member member) {
        Checked checked = member.checked;
        if (checked != null) {
            member.checked = null;
            checked.stopped = true;
            healths.remove(member.key);
        }
    }

    /** Has it checked within this time. */
    void hurry(Member member, Duration within) {
        Checked checked = member.checked;
        if (checked != null && !checked.running) {
            enqueue(checked, (long) (context.random().nextDouble() * within.toNanos()));
            plan();
        }
    }

    private void enqueue(Checked checked, long delayNanos) {
        checked.turn++;
        queue.add(new Place(context.time().nanoTime() + delayNanos, checked, checked.turn));
    }

    /** One timer for the next that is due; none while all that may run do. */
    private void plan() {
        Place next = queue.peek();
        if (next == null || running >= concurrency || closed) {
            return;
        }
        long now = context.time().nanoTime();
        long at = Math.max(next.dueNanos(), now + GRAIN_NANOS);
        if (wake != null) {
            if (wakeNanos <= at) {
                return;
            }
            wake.cancel();
        }
        wakeNanos = at;
        wake = context.scheduler().schedule(() -> serial.execute(this::beginDue), Duration.ofNanos(at - now));
    }

    private void beginDue() {
        wake = null;
        long now = context.time().nanoTime();
        for (Place next = queue.peek();
                next != null && next.dueNanos() <= now && running < concurrency && !closed;
                next = queue.peek()) {
            queue.poll();
            Checked checked = next.checked();
            if (next.turn() == checked.turn && !checked.stopped) {
                begin(checked, now);
            }
        }
        plan();
    }

    private void begin(Checked checked, long nowNanos) {
        if (!isToLook.test(checked.member)) {
            healths.remove(checked.member.key);
            again(checked, 0);
            checked.forget();
            listener.onLeftToOthers(checked.member);
            return;
        }
        running++;
        checked.running = true;
        ServiceInstance instance = checked.member.entry.instance();
        try {
            Probe probe = probes.of(checked.member);
            checked.likeACall = probe.isLikeACall();
            probe.begin(
                    instance,
                    checked.check,
                    outcome -> serial.execute(() -> end(
                            checked, instance, outcome, nowNanos, context.time().nanoTime())));
        } catch (RuntimeException e) {
            LOG.warn("[{}] a check could not be made: {}", instance.service(), e.toString());
            end(checked, instance, new Probe.Outcome(false, "could not be made"), nowNanos, nowNanos);
        }
    }

    private void end(
            Checked checked, ServiceInstance instance, Probe.Outcome outcome, long beganNanos, long endedNanos) {
        running--;
        checked.running = false;
        if (closed) {
            return;
        }
        (outcome.passed() ? passed : failed).increment();
        if (!checked.stopped) {
            again(checked, endedNanos - beganNanos);
        }
        // Before anybody hears of this one: who waits for it may wait for the next.
        plan();
        Member member = checked.member;
        if (!checked.stopped && instance.equals(member.entry.instance())) {
            InstanceHealth health = checked.count(
                    outcome, beganNanos, endedNanos, context.time().now());
            healths.put(member.key, health);
            listener.onChecked(member, outcome, health);
        }
    }

    private void again(Checked checked, long tookNanos) {
        double factor = 1 - SPREAD + 2 * SPREAD * context.random().nextDouble();
        enqueue(checked, Math.max(0, (long) (checked.check.interval().toNanos() * factor) - tookNanos));
    }

    /** What the checks of this process came to; nothing where there were none. */
    Optional<InstanceHealth> health(String key) {
        return Optional.ofNullable(healths.get(key));
    }

    void collect(MetricSource.Sink sink) {
        sink.counter("health_checks", Map.of(), passed.sum() + failed.sum());
        sink.counter("failed_health_checks", Map.of(), failed.sum());
    }

    void close() {
        closed = true;
        if (wake != null) {
            wake.cancel();
        }
    }
}
