package io.backstay.balance;

import io.backstay.Priority;
import io.backstay.ServiceInstance;
import io.backstay.spi.Balancer;
import org.jspecify.annotations.Nullable;

/** What an {@link InstancePool} asks a call while it chooses an instance for one of its attempts. Used by one thread at a time. */
public abstract class Selection implements Balancer.Request {

    private long nowNanos;
    private boolean triedToo;
    /** Where the call's endpoint fails on some instances only. */
    private @Nullable EndpointTrouble avoided;

    /** For the pool alone. */
    protected Selection() {}

    /** Whether an attempt of this call has been at this instance. */
    protected abstract boolean hasTried(ServiceInstance candidate);

    /** Whether there was any attempt yet. */
    protected abstract boolean hasTriedAny();

    /** How much the call matters. */
    protected abstract Priority priority();

    /** The method, in capitals. */
    protected abstract String method();

    /** The path before its parameters are put in. */
    protected abstract String pathTemplate();

    /** What keeps the call together with others on an instance; null where nothing does. */
    protected abstract @Nullable String affinity();

    final void begin(long now, @Nullable EndpointTrouble trouble) {
        nowNanos = now;
        triedToo = false;
        avoided = trouble;
    }

    /** Lets the next best be good enough, in this order: one that was tried, one where the endpoint fails. */
    final boolean widen() {
        if (!triedToo && hasTriedAny()) {
            triedToo = true;
            return true;
        }
        boolean avoids = avoided != null;
        avoided = null;
        return avoids;
    }

    @Override
    public final long nowNanos() {
        return nowNanos;
    }

    @Override
    public final long keyHash() {
        String key = affinity();
        return key == null ? Balancer.NO_KEY : Hashing.of(key);
    }

    @Override
    public final boolean allows(Balancer.Candidate candidate) {
        Member member = ((Pickable) candidate).member();
        EndpointTrouble trouble = avoided;
        return (triedToo || !hasTriedAny() || !hasTried(member.instance()))
                && (trouble == null || !trouble.isAvoidedAt(member, nowNanos))
                && member.hasRoom();
    }

    /** A hash of the endpoint; never 0. */
    final int endpoint() {
        int hash = 31 * method().hashCode() + pathTemplate().hashCode();
        return hash == 0 ? 1 : hash;
    }
}
