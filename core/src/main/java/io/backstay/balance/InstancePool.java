package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.ConfigurationException;
import io.backstay.EjectionPolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.spi.Balancer;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The instances of a service and what is learned of them: {@link #choose} for each attempt, {@link #onResult} once when it has ended, and
 * one of the methods of {@link Chosen} when it no longer occupies its instance. Thread-safe. Choosing and learning wait for nothing, read
 * no clock, and allocate nothing but a permit where instances have limits.
 *
 * <p>What is learned of an instance stays through every new list, and every change of policy or balancer, that it is in.
 */
public final class InstancePool implements InstanceListener, AutoCloseable {

    private final String service;
    private final Function<BalancePolicy, Balancer> balancers;
    private final TimeSource time;
    private final RandomSource random;
    private final Notices notices;
    private final Roster roster;
    private final EndpointTroubles troubles = new EndpointTroubles();
    private final Ejector ejector;
    private final Learning learning;

    private InstancePool(Builder builder) {
        this.service = builder.service;
        this.balancers = builder.balancers != null ? builder.balancers : this::builtIn;
        this.time = builder.time;
        this.random = builder.random;
        this.notices = new Notices(builder.listener);
        this.roster = new Roster(
                builder.balance, balancers.apply(builder.balance), builder.locality, builder.limits, builder.scheduler);
        this.ejector = new Ejector(builder.ejection, roster, troubles, notices, time, builder.scheduler);
        this.learning = new Learning(roster, troubles, ejector, notices, time, builder.scheduler);
    }

    /** A pool of a service's instances, with the defaults. */
    public static Builder builder(String service) {
        return new Builder(service);
    }

    private Balancer builtIn(BalancePolicy policy) {
        return Balancers.of(policy, random)
                .orElseThrow(() -> new ConfigurationException("there is no balancer " + policy.balancer() + " for "
                        + service + ", but " + Balancers.names()));
    }

    // Who there is

    @Override
    public void onInstances(List<ServiceInstance> instances) {
        roster.lock.lock();
        try {
            roster.replace(instances, time.nanoTime());
            ejector.keepOne();
        } finally {
            roster.lock.unlock();
        }
        troubles.forgetThoseThatAreGone();
        notices.deliver();
    }

    @Override
    public void onHealthy(ServiceInstance instance) {
        if (roster.ejected() == 0) {
            return;
        }
        for (Member member : roster.members()) {
            if (member.instance().equals(instance)) {
                ejector.restore(member, "its health check has passed");
            }
        }
    }

    /** All instances, as they were told last. */
    public List<ServiceInstance> instances() {
        return Arrays.stream(roster.members()).map(Member::instance).toList();
    }

    /** How each of them stands. */
    public List<InstanceState> states() {
        long now = time.nanoTime();
        return Arrays.stream(roster.members())
                .map(member -> new InstanceState(member, now))
                .toList();
    }

    /** How many there are. */
    public int size() {
        return roster.members().length;
    }

    /** How many of them are up and not ejected. */
    public int healthy() {
        return (int) Arrays.stream(roster.members())
                .filter(member -> member.status() == InstanceStatus.UP
                        && !member.ejection().isOn())
                .count();
    }

    /** How many are ejected. */
    public int ejected() {
        return roster.ejected();
    }

    /** How many ejections there have been. */
    public long ejections() {
        return ejector.ejections();
    }

    /** How often was warned of an instance that degrades. */
    public long warnings() {
        return learning.warnings();
    }

    // What an attempt asks and tells

    /**
     * An instance for an attempt that begins now; null when there is none, or none that has room.
     *
     * @param nowNanos a reading of the pool's time source
     */
    public @Nullable Chosen choose(Selection call, long nowNanos) {
        call.begin(nowNanos, troubles.find(call));
        return roster.view().choose(call, random);
    }

    /** Whether there is one that might be chosen and that this call has not tried. */
    public boolean hasUntried(Selection call) {
        return roster.view().hasUntried(call);
    }

    /**
     * Learns from an attempt, once, when it is known how it went.
     *
     * @param startNanos the reading with which it began
     * @param endNanos the reading with which it ended
     */
    public void onResult(Chosen chosen, Selection call, AttemptResult result, long startNanos, long endNanos) {
        learning.onResult(chosen.member, call, result, Math.max(0, endNanos - startNanos), endNanos);
    }

    // What it goes by

    /**
     * Follows other policies from now on.
     *
     * @throws ConfigurationException when there is no such balancer; nothing is changed then
     */
    public void follow(BalancePolicy balance, EjectionPolicy ejection) {
        BalancePolicy before = roster.policy();
        boolean sameBalancer = before.balancer().equals(balance.balancer())
                && Double.compare(before.loadBound(), balance.loadBound()) == 0;
        Balancer next = sameBalancer ? null : balancers.apply(balance);
        roster.lock.lock();
        try {
            roster.follow(balance, next != null ? next : roster.balancer());
            ejector.follow(ejection);
        } finally {
            roster.lock.unlock();
        }
        notices.deliver();
    }

    /** Gives each instance its limit anew, from the one it had. */
    public void changeLimits(
            BiFunction<ServiceInstance, @Nullable ConcurrencyLimit, @Nullable ConcurrencyLimit> change) {
        roster.lock.lock();
        try {
            for (Member member : roster.members()) {
                member.limit(change.apply(member.instance(), member.limit()));
            }
        } finally {
            roster.lock.unlock();
        }
    }

    /** Drops what is scheduled: who is ejected stays so. */
    @Override
    public void close() {
        roster.lock.lock();
        try {
            for (Member member : roster.members()) {
                member.ejection().cancel();
            }
        } finally {
            roster.lock.unlock();
        }
    }

    @Override
    public String toString() {
        return size() + " instances of " + service + ", " + healthy() + " healthy";
    }

    /** Builds an {@link InstancePool}. Not thread-safe. */
    public static final class Builder {

        private final String service;
        private BalancePolicy balance = BalancePolicy.standard();
        private EjectionPolicy ejection = EjectionPolicy.standard();
        private Locality locality = Locality.UNKNOWN;
        private Function<ServiceInstance, @Nullable ConcurrencyLimit> limits = instance -> null;
        private PoolListener listener = PoolListener.NONE;
        private @Nullable Function<BalancePolicy, Balancer> balancers;
        private TimeSource time = SystemTime.shared();
        private DelayScheduler scheduler = SystemTime.shared();
        private RandomSource random = RandomSource.system();

        private Builder(String service) {
            this.service = service;
        }

        /** What it goes by. */
        public Builder policies(BalancePolicy balancePolicy, EjectionPolicy ejectionPolicy) {
            this.balance = balancePolicy;
            this.ejection = ejectionPolicy;
            return this;
        }

        /** Where this process runs; null for what is not known. */
        public Builder locality(@Nullable String zone, @Nullable String region) {
            this.locality = new Locality(zone, region);
            return this;
        }

        /** Gives the limit of an instance that is new, null for none. */
        public Builder limits(Function<ServiceInstance, @Nullable ConcurrencyLimit> source) {
            this.limits = source;
            return this;
        }

        /** Who is told of ejections and warnings. */
        public Builder listener(PoolListener poolListener) {
            this.listener = poolListener;
            return this;
        }

        /** Makes the balancer that a policy names, in place of the built-in ones. */
        public Builder balancers(Function<BalancePolicy, Balancer> source) {
            this.balancers = source;
            return this;
        }

        /** Where time is read, off the way of calls, and tasks are left for later. */
        public Builder time(TimeSource source, DelayScheduler delays) {
            this.time = source;
            this.scheduler = delays;
            return this;
        }

        /** Where chance comes from. */
        public Builder random(RandomSource source) {
            this.random = source;
            return this;
        }

        /**
         * The pool, without instances so far.
         *
         * @throws ConfigurationException when there is no such balancer
         */
        public InstancePool build() {
            return new InstancePool(this);
        }
    }
}
