package io.backstay.internal;

import io.backstay.ServiceInstance;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The instances of a service, chosen in turn. */
final class InstanceList {

    private final AtomicInteger turn = new AtomicInteger();
    private volatile List<ServiceInstance> instances = List.of();

    void replace(List<ServiceInstance> now) {
        instances = List.copyOf(now);
    }

    List<ServiceInstance> all() {
        return instances;
    }

    /** The next in turn, preferring one that this call has not tried; null when there is none at all. */
    @Nullable
    ServiceInstance choose(Call call) {
        List<ServiceInstance> now = instances;
        int size = now.size();
        if (size == 0) {
            return null;
        }
        int first = turn.getAndIncrement() & Integer.MAX_VALUE;
        for (int i = 0; i < size; i++) {
            ServiceInstance candidate = now.get((first + i) % size);
            if (call.attempts == 0 || !call.hasTried(candidate)) {
                return candidate;
            }
        }
        return now.get(first % size);
    }

    /** Whether there is one that this call has not tried. */
    boolean hasUntried(Call call) {
        for (ServiceInstance candidate : instances) {
            if (!call.hasTried(candidate)) {
                return true;
            }
        }
        return false;
    }
}
