package io.backstay.balance;

import io.backstay.InstanceStatus;
import io.backstay.Priority;
import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.spi.Balancer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * An instance in a pool, with all that is kept for it. It stays the same through every refresh in which the instance stays. Thread-safe;
 * whether it is ejected, and its start, change under the pool's lock.
 */
final class Member extends Cost implements Balancer.Candidate {

    private static final AtomicIntegerFieldUpdater<Member> PENDING =
            AtomicIntegerFieldUpdater.newUpdater(Member.class, "pending");
    private static final AtomicIntegerFieldUpdater<Member> FAILURES_IN_A_ROW =
            AtomicIntegerFieldUpdater.newUpdater(Member.class, "failuresInARow");
    private static final AtomicLongFieldUpdater<Member> CALLS =
            AtomicLongFieldUpdater.newUpdater(Member.class, "calls");
    private static final AtomicLongFieldUpdater<Member> LATENCIES =
            AtomicLongFieldUpdater.newUpdater(Member.class, "latencies");

    private static final double FIRST_SHARE = 0.1;

    private volatile ServiceInstance instance;
    private volatile @Nullable ConcurrencyLimit limit;
    private final Chosen withoutPermit = new Chosen(this, null, 0);

    private volatile int pending;
    private volatile int failuresInARow;
    /** Since the last review: {@link CallCount}. */
    private volatile long calls;
    /** Since the last review: {@link LogSum}. */
    private volatile long latencies;

    /** Where it last did well, as a hash, and when. */
    private int goodEndpoint;

    private long goodNanos;

    /** Whether its share may be less than all. */
    private volatile boolean reduced;

    private volatile boolean starting;
    private volatile long startedNanos;
    private volatile double health = 1;

    private final Ejection ejection = new Ejection();
    private volatile boolean gone;
    /** Made by the first review that finds calls. */
    @Nullable
    Trend trend;

    Member(ServiceInstance instance, @Nullable ConcurrencyLimit limit, Tuning tuning) {
        super(tuning);
        this.instance = instance;
        this.limit = limit;
    }

    @Override
    public ServiceInstance instance() {
        return instance;
    }

    /** What the resolver says of it now. */
    void follow(ServiceInstance now) {
        instance = now;
    }

    InstanceStatus status() {
        return instance.status();
    }

    @Nullable
    ConcurrencyLimit limit() {
        return limit;
    }

    void limit(@Nullable ConcurrencyLimit next) {
        limit = next;
    }

    // What it is given

    @Override
    public int pending() {
        return pending;
    }

    @Override
    public double cost(long nowNanos) {
        return cost(pending, nowNanos);
    }

    boolean hasRoom() {
        ConcurrencyLimit present = limit;
        return present == null || present.inFlight() < present.limit();
    }

    /** Null when it has no permit to give. */
    @Nullable
    Chosen take(Priority priority, long nowNanos) {
        ConcurrencyLimit present = limit;
        Chosen chosen = withoutPermit;
        if (present != null) {
            long permit = present.tryAcquire(priority, nowNanos);
            if (permit == ConcurrencyLimit.REFUSED) {
                return null;
            }
            chosen = new Chosen(this, present, permit);
        }
        begun(nowNanos);
        PENDING.getAndIncrement(this);
        return chosen;
    }

    void ended() {
        PENDING.getAndDecrement(this);
    }

    @Override
    public double share(long nowNanos) {
        return reduced ? started(nowNanos) * health : 1;
    }

    private double started(long nowNanos) {
        if (!starting) {
            return 1;
        }
        double age = (nowNanos - startedNanos) / (double) Math.max(1, tuning.slowStartNanos);
        if (age < 1) {
            return FIRST_SHARE + (1 - FIRST_SHARE) * Math.max(0, age);
        }
        starting = false;
        reduced = health < 1;
        return 1;
    }

    /** Begins anew with a small share. */
    void start(long nowNanos) {
        startedNanos = nowNanos;
        starting = tuning.slowStartNanos > 0;
        reduced |= starting;
    }

    /** How well it does beside others, above 0 to 1. */
    void health(double share) {
        health = share;
        reduced = share < 1 || starting;
    }

    /** Whether it was warned of. */
    boolean isDegrading() {
        return health < 1;
    }

    // What it is known by

    void countSuccess(int endpoint, long nowNanos) {
        if (failuresInARow != 0) {
            failuresInARow = 0;
        }
        goodEndpoint = endpoint;
        goodNanos = nowNanos;
        CALLS.getAndAdd(this, CallCount.SUCCESS);
    }

    /** How many there have been in a row. */
    int countFailure() {
        CALLS.getAndAdd(this, CallCount.FAILURE);
        return FAILURES_IN_A_ROW.incrementAndGet(this);
    }

    void forgetFailures() {
        failuresInARow = 0;
        forgive();
    }

    /** Whether another endpoint has done well here since then. */
    boolean didWellElsewhere(int endpoint, long sinceNanos) {
        return goodEndpoint != 0 && goodEndpoint != endpoint && goodNanos - sinceNanos >= 0;
    }

    void countLatency(long nanos) {
        LATENCIES.getAndAdd(this, LogSum.of(nanos));
    }

    /** {@link CallCount} since it was last asked for. */
    long takeCalls() {
        return calls == 0 ? 0 : CALLS.getAndSet(this, 0);
    }

    /** {@link LogSum} since it was last asked for. */
    long takeLatencies() {
        return latencies == 0 ? 0 : LATENCIES.getAndSet(this, 0);
    }

    Ejection ejection() {
        return ejection;
    }

    /** Without a weight: called only where no other will do. */
    boolean isStandby() {
        return instance.weight() == 0;
    }

    /** Up, with a weight, and not ejected. */
    boolean isHealthy() {
        ServiceInstance present = instance;
        return present.status() == InstanceStatus.UP && present.weight() > 0 && !ejection.isOn();
    }

    /** No longer in the pool. */
    void leave() {
        gone = true;
        ejection.cancel();
    }

    boolean isGone() {
        return gone;
    }
}
