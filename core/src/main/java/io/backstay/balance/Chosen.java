package io.backstay.balance;

import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import org.jspecify.annotations.Nullable;

/**
 * An instance that was chosen for one attempt, with a permit of its limit where it has one. Given back once, by {@link #carried},
 * {@link #overloaded} or {@link #ended}, when the attempt no longer occupies the instance; that is a matter of its own beside {@link
 * InstancePool#onResult}, since a streamed answer occupies it for longer.
 */
public final class Chosen {

    final Member member;
    private final @Nullable ConcurrencyLimit limit;
    private final long permit;

    Chosen(Member member, @Nullable ConcurrencyLimit limit, long permit) {
        this.member = member;
        this.limit = limit;
        this.permit = permit;
    }

    /** Who was chosen. */
    public ServiceInstance instance() {
        return member.instance();
    }

    /** Gives it back: it was answered, and how long that took tells of the load. */
    public void carried(long nowNanos) {
        member.ended();
        if (limit != null) {
            limit.onSuccess(permit, nowNanos);
        }
    }

    /** Gives it back: the instance refused for want of capacity, or did not answer in time. */
    public void overloaded(long nowNanos) {
        member.ended();
        if (limit != null) {
            limit.onDropped(permit, nowNanos);
        }
    }

    /** Gives it back: how it went says nothing about load. */
    public void ended() {
        member.ended();
        if (limit != null) {
            limit.onIgnored(permit);
        }
    }
}
