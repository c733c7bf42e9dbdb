package io.backstay.balance;

import io.backstay.ServiceInstance;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How an instance stands at a moment. Immutable. */
public final class InstanceState {

    private final ServiceInstance instance;
    private final @Nullable Duration ejectedFor;
    private final boolean degrading;
    private final int pending;
    private final Duration latency;
    private final double failureShare;
    private final double share;

    InstanceState(Member member, long nowNanos) {
        this.instance = member.instance();
        this.ejectedFor = member.ejection().isOn() ? member.ejection().remaining(nowNanos) : null;
        this.degrading = member.isDegrading();
        this.pending = member.pending();
        this.latency = Duration.ofNanos((long) member.latencyNanos());
        this.failureShare = member.failingShare();
        this.share = member.share(nowNanos);
    }

    /** Who it is, with the status that the resolver last told. */
    public ServiceInstance instance() {
        return instance;
    }

    /** How long it is still left out for what its attempts came to; nothing where it is not. */
    public Optional<Duration> ejectedFor() {
        return Optional.ofNullable(ejectedFor);
    }

    /** Whether it was warned of and has not recovered. */
    public boolean isDegrading() {
        return degrading;
    }

    /** How many attempts it has in progress from here. */
    public int pending() {
        return pending;
    }

    /** Its mean latency over the decay time; zero while nothing is known. */
    public Duration latency() {
        return latency;
    }

    /** The share of failures among its last attempts, 0 to 1. */
    public double failureShare() {
        return failureShare;
    }

    /** How much of its weight it is given at present, above 0 to 1. */
    public double share() {
        return share;
    }

    @Override
    public String toString() {
        return instance + (ejectedFor == null ? "" : ", ejected for " + ejectedFor.toSeconds() + " s")
                + (degrading ? ", degrading" : "") + ", " + pending + " pending, " + latency.toMillis() + " ms";
    }
}
