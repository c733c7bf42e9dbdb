package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.InstanceListener;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener of one service, which is told each list once. Lists come first from whoever subscribes, then from the registry's serial
 * executor, so that none is older than the one before it. Closed by anybody.
 */
@SuppressWarnings("ReferenceEquality")
final class Subscription {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");

    private final String service;
    private final InstanceListener listener;
    private final BiFunction<List<ServiceInstance>, Set<ServiceInstance>, List<ServiceInstance>> choice;

    private @Nullable List<ServiceInstance> told;
    private volatile boolean closed;

    /**
     * A listener.
     *
     * @param choice what of all instances it wants to see
     */
    Subscription(
            String service,
            InstanceListener listener,
            BiFunction<List<ServiceInstance>, Set<ServiceInstance>, List<ServiceInstance>> choice) {
        this.service = service;
        this.listener = listener;
        this.choice = choice;
    }

    /** One that wants to see what a query asks for. */
    static Subscription of(String service, ServiceQuery query, Consumer<? super List<ServiceInstance>> listener) {
        return new Subscription(
                service,
                listener::accept,
                (all, answering) -> all.stream().filter(query::matches).toList());
    }

    /**
     * What there is now; by one thread at a time.
     *
     * @param answering those that are SUSPECT, but whose checks pass
     */
    void offer(List<ServiceInstance> instances, Set<ServiceInstance> answering) {
        if (closed) {
            return;
        }
        try {
            List<ServiceInstance> chosen = choice.apply(instances, answering);
            if (told == null || !isSame(told, chosen)) {
                told = chosen;
                listener.onInstances(chosen);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("[{}] a listener of instances failed", service, e);
        }
    }

    void passed(ServiceInstance instance) {
        if (closed) {
            return;
        }
        try {
            listener.onHealthy(instance);
        } catch (RuntimeException | Error e) {
            LOG.error("[{}] a listener of instances failed", service, e);
        }
    }

    /** One more call may be on its way. */
    void close() {
        closed = true;
    }

    static boolean isSame(List<ServiceInstance> one, List<ServiceInstance> other) {
        int size = one.size();
        if (size != other.size()) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (one.get(i) != other.get(i) && !one.get(i).hasSameStateAs(other.get(i))) {
                return false;
            }
        }
        return true;
    }
}
