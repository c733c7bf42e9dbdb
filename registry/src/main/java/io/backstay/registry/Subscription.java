package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.InstanceListener;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listener of one service. Is told each list once, never an older after a newer one, whoever brings them. Thread-safe. */
@SuppressWarnings("ReferenceEquality")
final class Subscription {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");

    private final String service;
    private final InstanceListener listener;
    private final UnaryOperator<List<ServiceInstance>> choice;
    /** Held while the listener is told. */
    private final ReentrantLock telling = new ReentrantLock();

    private long version;
    private @Nullable List<ServiceInstance> told;
    private volatile boolean closed;

    /**
     * A listener.
     *
     * @param choice what of all instances it wants to see
     */
    Subscription(String service, InstanceListener listener, UnaryOperator<List<ServiceInstance>> choice) {
        this.service = service;
        this.listener = listener;
        this.choice = choice;
    }

    /** One that wants to see what a query asks for. */
    static Subscription of(String service, ServiceQuery query, Consumer<? super List<ServiceInstance>> listener) {
        return new Subscription(
                service,
                listener::accept,
                all -> all.stream().filter(query::matches).toList());
    }

    /** Tells what is known when it begins, though that be nothing yet. */
    void begin(Service.View view) {
        tell(view, /* isFirst= */ true);
    }

    void offer(Service.View view) {
        tell(view, /* isFirst= */ false);
    }

    private void tell(Service.View view, boolean isFirst) {
        telling.lock();
        try {
            if (closed || (view.version() <= version && !isFirst)) {
                return;
            }
            version = view.version();
            List<ServiceInstance> chosen = choice.apply(view.instances());
            if (told == null || !isSame(told, chosen)) {
                told = chosen;
                listener.onInstances(chosen);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("[{}] a listener of instances failed", service, e);
        } finally {
            telling.unlock();
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
