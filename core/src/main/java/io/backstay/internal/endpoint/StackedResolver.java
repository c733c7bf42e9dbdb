package io.backstay.internal.endpoint;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.SerialExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several sources as one: of those that know a service, the first that has any instances of it counts. One further down is asked no
 * sooner than those before it have none, and steps back as soon as one has.
 */
public final class StackedResolver implements EndpointResolver {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay");

    private final List<EndpointResolver> sources;

    /** In the order in which they count. They stay open when this is closed. */
    public StackedResolver(List<EndpointResolver> sources) {
        this.sources = List.copyOf(sources);
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        Stack stack = new Stack(service, listener);
        return stack.begin() ? Optional.of(stack) : Optional.empty();
    }

    /** What the sources say of one service. All but the entrances happens in turns, so that sources and listener are called without a lock. */
    private final class Stack implements Watch {

        private final String service;
        private final InstanceListener listener;
        private final SerialExecutor turns;
        private final List<Watch> watches = new CopyOnWriteArrayList<>();
        /** What each source that was asked has told last; null where it has told nothing. */
        private final List<@Nullable List<ServiceInstance>> told = new ArrayList<>();

        private @Nullable List<ServiceInstance> last;
        /** Whether a source is being asked, after which it goes on in any case. */
        private boolean asking;

        private volatile @Nullable ConfigurationException refusal;
        private volatile boolean begun;
        private volatile boolean known;
        private volatile boolean closed;

        Stack(String service, InstanceListener listener) {
            this.service = service;
            this.listener = listener;
            this.turns = new SerialExecutor(e -> LOG.error("[{}] a step of finding instances failed", service, e));
        }

        /**
         * Asks one source after the other, on this thread, until one has instances.
         *
         * @return whether any knows the service
         * @throws ConfigurationException when one that is asked now has settings that cannot be used
         */
        boolean begin() {
            turns.execute(this::proceed);
            begun = true;
            ConfigurationException refused = refusal;
            if (refused != null) {
                close();
                throw refused;
            }
            return known;
        }

        /** Asks the next source while none has instances; what it tells at once comes before the one after it. Then tells what is best. */
        private void proceed() {
            if (closed) {
                return;
            }
            asking = first() == null && told.size() < sources.size();
            if (asking) {
                askNext();
                turns.execute(this::proceed);
            } else {
                tell();
            }
        }

        private void askNext() {
            int level = told.size();
            told.add(null);
            try {
                sources.get(level).watch(service, listenerOf(level)).ifPresent(watch -> {
                    watches.add(watch);
                    known = true;
                });
            } catch (RuntimeException | Error e) {
                failed(level, e);
            }
        }

        /** Wrong settings are refused where somebody is there to be told so; else a source that fails is one that knows nothing. */
        private void failed(int level, Throwable failure) {
            if (!begun && failure instanceof ConfigurationException wrong) {
                refusal = wrong;
                closed = true;
            } else {
                LOG.error(
                        "[{}] a source of instances failed and counts as one that has none: {}",
                        service,
                        sources.get(level),
                        failure);
            }
        }

        private InstanceListener listenerOf(int level) {
            return new InstanceListener() {
                @Override
                public void onInstances(List<ServiceInstance> instances) {
                    turns.execute(() -> {
                        told.set(level, instances);
                        if (!asking) {
                            proceed();
                        }
                    });
                }

                @Override
                public void onHealthy(ServiceInstance instance) {
                    listener.onHealthy(instance);
                }
            };
        }

        /** Tells each list once; lists that differ in what their equal instances have besides are different ones. */
        @SuppressWarnings("ReferenceEquality")
        private void tell() {
            if (told.stream().allMatch(Objects::isNull)) {
                return;
            }
            List<ServiceInstance> best = first();
            List<ServiceInstance> now = best == null ? List.of() : best;
            if (now != last) {
                last = now;
                listener.onInstances(now);
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

        /** All that were asked have answered, and what they said has been told. */
        @Override
        public CompletionStage<Void> whenKnown() {
            CompletableFuture<Void> whenTold = new CompletableFuture<>();
            var unused = CompletableFuture.allOf(watches.stream()
                            .map(watch -> watch.whenKnown().toCompletableFuture())
                            .toArray(CompletableFuture<?>[]::new))
                    .whenComplete((all, failure) -> turns.execute(() -> onceTold(whenTold)));
            return whenTold;
        }

        /** While a source is being asked, what is told is still to come. */
        private void onceTold(CompletableFuture<Void> whenTold) {
            if (asking && !closed) {
                turns.execute(() -> onceTold(whenTold));
            } else {
                whenTold.complete(null);
            }
        }

        /** Waits for nobody: one more list may be on its way. A watch that fails to close keeps no other open. */
        @Override
        public void close() {
            closed = true;
            turns.execute(() -> {
                watches.forEach(watch -> turns.execute(watch::close));
                watches.clear();
            });
        }
    }
}
