package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listeners of queries over all services. These are asked anew when something has changed, at most 20 times a second. Thread-safe. */
final class QueryWatches {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final Duration TOGETHER = Duration.ofMillis(50);

    private final Set<One> all = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean planned = new AtomicBoolean();
    private final Answers answers;
    private final ProviderContext context;

    QueryWatches(Answers answers, ProviderContext context) {
        this.answers = answers;
        this.context = context;
    }

    /** One listener, which is told now and whenever its answer becomes another one. */
    private final class One {
        private final ServiceQuery query;
        private final Consumer<? super List<ServiceInstance>> listener;
        /** Held while the listener is told. */
        private final ReentrantLock telling = new ReentrantLock();

        private @Nullable List<ServiceInstance> told;

        One(ServiceQuery query, Consumer<? super List<ServiceInstance>> listener) {
            this.query = query;
            this.listener = listener;
        }

        void ask() {
            telling.lock();
            try {
                List<ServiceInstance> now = answers.to(query);
                if (told == null || !Subscription.isSame(told, now)) {
                    told = now;
                    listener.accept(now);
                }
            } catch (RuntimeException | Error e) {
                LOG.error("a listener of {} failed", query, e);
            } finally {
                telling.unlock();
            }
        }
    }

    Registry.Watch add(ServiceQuery query, Consumer<? super List<ServiceInstance>> listener) {
        One one = new One(query, listener);
        all.add(one);
        one.ask();
        return () -> all.remove(one);
    }

    /** Something has become another one. */
    void changed() {
        if (!all.isEmpty() && planned.compareAndSet(false, true)) {
            context.scheduler().schedule(this::ask, TOGETHER);
        }
    }

    private void ask() {
        planned.set(false);
        all.forEach(One::ask);
    }
}
