package io.backstay.internal;

import io.backstay.Priority;
import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The instances of a service, chosen in turn, each with what is kept for it. What is known of an instance outlives a refresh of
 * the list in which it stays. Thread-safe.
 */
final class InstanceList {

    /** An instance, and its limit where the policy has one. */
    record Known(ServiceInstance instance, @Nullable ConcurrencyLimit limit, Chosen unlimited) {

        Known(ServiceInstance instance, @Nullable ConcurrencyLimit limit) {
            this(instance, limit, new Chosen(instance, null, 0));
        }

        /** Null when it has no permit to give. */
        @Nullable
        Chosen choose(Priority priority, long nowNanos) {
            if (limit == null) {
                return unlimited;
            }
            long permit = limit.tryAcquire(priority, nowNanos);
            return permit == ConcurrencyLimit.REFUSED ? null : new Chosen(instance, limit, permit);
        }
    }

    /** An instance that was chosen, with a permit of its limit where it has one. */
    record Chosen(ServiceInstance instance, @Nullable ConcurrencyLimit limit, long permit) {}

    private final AtomicInteger turn = new AtomicInteger();
    private final Function<ServiceInstance, @Nullable ConcurrencyLimit> limits;
    private volatile List<Known> instances = List.of();

    /** Asks for the limit of each instance that is new. */
    InstanceList(Function<ServiceInstance, @Nullable ConcurrencyLimit> limits) {
        this.limits = limits;
    }

    synchronized void replace(List<ServiceInstance> now) {
        List<Known> next = new ArrayList<>(now.size());
        for (ServiceInstance instance : now) {
            next.add(find(instance));
        }
        instances = List.copyOf(next);
    }

    private Known find(ServiceInstance instance) {
        for (Known known : instances) {
            if (known.instance().equals(instance)) {
                return known;
            }
        }
        return new Known(instance, limits.apply(instance));
    }

    /** Gives each instance its limit anew, from the one it had. */
    synchronized void limit(Function<Known, @Nullable ConcurrencyLimit> change) {
        instances = instances.stream()
                .map(known -> new Known(known.instance(), change.apply(known)))
                .toList();
    }

    List<ServiceInstance> all() {
        return instances.stream().map(Known::instance).toList();
    }

    boolean isEmpty() {
        return instances.isEmpty();
    }

    /** The next in turn with a free permit, preferring one that this call has not tried; null when there is none. */
    @Nullable
    Chosen choose(Call call, long nowNanos) {
        List<Known> now = instances;
        int size = now.size();
        if (size == 0) {
            return null;
        }
        int first = turn.getAndIncrement() & Integer.MAX_VALUE;
        Chosen untried = choose(call, now, first, false, nowNanos);
        return untried != null || call.attempts == 0 ? untried : choose(call, now, first, true, nowNanos);
    }

    private static @Nullable Chosen choose(Call call, List<Known> now, int first, boolean tried, long nowNanos) {
        int size = now.size();
        for (int i = 0; i < size; i++) {
            Known candidate = now.get((first + i) % size);
            if ((call.attempts > 0 && call.hasTried(candidate.instance())) == tried) {
                Chosen chosen = candidate.choose(call.priority, nowNanos);
                if (chosen != null) {
                    return chosen;
                }
            }
        }
        return null;
    }

    /** Whether there is one that this call has not tried. */
    boolean hasUntried(Call call) {
        for (Known candidate : instances) {
            if (!call.hasTried(candidate.instance())) {
                return true;
            }
        }
        return false;
    }
}
