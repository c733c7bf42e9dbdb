package io.backstay.internal.endpoint;

import io.backstay.ServiceInstance;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Several sources as one: of those that know a service, the first that has any instances of it counts. One further down is asked no
 * sooner than those before it have none, and steps back as soon as one has.
 */
public final class StackedResolver implements EndpointResolver {

    private final List<EndpointResolver> sources;

    /** In the order in which they count. They stay open when this is closed. */
    public StackedResolver(List<EndpointResolver> sources) {
        this.sources = List.copyOf(sources);
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        Stack stack = new Stack(service, listener);
        stack.askOn();
        return stack.isKnown() ? Optional.of(stack) : Optional.empty();
    }

    /** What the sources say of one service. */
    private final class Stack implements Watch {

        private final String service;
        private final InstanceListener listener;
        private final List<Watch> watches = new ArrayList<>();
        /** What each source that was asked has told last; null where it has told nothing. */
        private final List<@Nullable List<ServiceInstance>> told = new ArrayList<>();
        /** Held while a list is taken in and told, so that lists are told in the order in which they came to be. */
        private final ReentrantLock telling = new ReentrantLock();

        private @Nullable List<ServiceInstance> last;
        private boolean asking;
        private boolean closed;

        Stack(String service, InstanceListener listener) {
            this.service = service;
            this.listener = listener;
        }

        /** Asks one source after the other until one has instances. */
        void askOn() {
            telling.lock();
            try {
                if (asking) {
                    return;
                }
                asking = true;
                while (!closed && told.size() < sources.size() && first() == null) {
                    int level = told.size();
                    told.add(null);
                    sources.get(level).watch(service, listenerOf(level)).ifPresent(watches::add);
                }
                asking = false;
            } finally {
                telling.unlock();
            }
        }

        private InstanceListener listenerOf(int level) {
            return new InstanceListener() {
                @Override
                public void onInstances(List<ServiceInstance> instances) {
                    take(level, instances);
                }

                @Override
                public void onHealthy(ServiceInstance instance) {
                    listener.onHealthy(instance);
                }
            };
        }

        /** Tells each list once; lists that differ in what their equal instances have besides are different ones. */
        @SuppressWarnings("ReferenceEquality")
        private void take(int level, List<ServiceInstance> instances) {
            telling.lock();
            try {
                if (closed) {
                    return;
                }
                told.set(level, instances);
                askOn();
                List<ServiceInstance> best = first();
                List<ServiceInstance> now = best == null ? List.of() : best;
                if (now != last) {
                    last = now;
                    listener.onInstances(now);
                }
            } finally {
                telling.unlock();
            }
        }

        /** The instances of the first source that has any. */
        private @Nullable List<ServiceInstance> first() {
            for (List<ServiceInstance> instances : told) {
                if (instances != null && !instances.isEmpty()) {
                    return instances;
                }
            }
            return null;
        }

        boolean isKnown() {
            telling.lock();
            try {
                return !watches.isEmpty();
            } finally {
                telling.unlock();
            }
        }

        /** All that were asked have answered. */
        @Override
        public CompletionStage<Void> whenKnown() {
            telling.lock();
            try {
                return CompletableFuture.allOf(watches.stream()
                        .map(watch -> watch.whenKnown().toCompletableFuture())
                        .toArray(CompletableFuture<?>[]::new));
            } finally {
                telling.unlock();
            }
        }

        @Override
        public void close() {
            telling.lock();
            try {
                closed = true;
                watches.forEach(Watch::close);
            } finally {
                telling.unlock();
            }
        }
    }
}
