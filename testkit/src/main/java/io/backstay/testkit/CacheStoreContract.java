package io.backstay.testkit;

import io.backstay.spi.CacheStore;
import io.backstay.spi.ProviderContext;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * What every {@link CacheStore} must do. Extend it and make the store:
 *
 * <pre>{@code
 * class MyCacheStoreContractTest extends CacheStoreContract {
 *     @Override
 *     protected CacheStore create(ProviderContext context) {
 *         return new MyCacheStoreProvider().create(context);
 *     }
 * }
 * }</pre>
 *
 * <p>The cases use keys of their own, so that what is left of one disturbs no other, and expect a store that has room for a few
 * thousand small entries. They run on the machine's clock; a store on {@link io.backstay.spi.VirtualTime} says so by {@link #context()}
 * and {@link #letPass}. What cannot be done to a store, or what it cannot do, is excused by {@link #exclusions()}.
 */
public abstract class CacheStoreContract extends CacheFaultCases {

    /** For the subclass that is under test. */
    protected CacheStoreContract() {}

    /** One more process' store, sharing what is in it with the others of a case. The case closes it. */
    protected abstract CacheStore create(ProviderContext context);

    /** What the stores run on; the machine's clock, timers and threads by default. */
    protected ProviderContext context() {
        return ProviderContext.system();
    }

    /** Lets time pass for the store; by default it really does. */
    protected void letPass(Duration time) {
        try {
            context().waiter().await(new CompletableFuture<>(), time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** How long an operation waits for its answer; 1 s by default. */
    protected Duration commandTimeout() {
        return Duration.ofSeconds(1);
    }

    /** Makes it unavailable to all processes, until {@link #startStore()}; what is in it may be lost by that, or not. */
    protected void stopStore() {
        throw new UnsupportedOperationException("say how, or excuse the store from " + CacheRequirement.OUTAGE);
    }

    /** Makes it available again. Need not wait until it is. */
    protected void startStore() {
        throw new UnsupportedOperationException("say how, or excuse the store from " + CacheRequirement.OUTAGE);
    }

    /**
     * What this store cannot do, or what cannot be done to it, each with the reason; the cases concerned are reported as skipped, with
     * it. None by default.
     */
    protected Map<CacheRequirement, String> exclusions() {
        return Map.of();
    }

    @Override
    final CacheStore newStore(ProviderContext context) {
        return create(context);
    }

    @Override
    final Map<CacheRequirement, String> excused() {
        return exclusions();
    }

    @Override
    final ProviderContext surroundings() {
        return context();
    }

    @Override
    final void pass(Duration time) {
        letPass(time);
    }

    @Override
    final Duration timeout() {
        return commandTimeout();
    }

    @Override
    final void stop() {
        stopStore();
    }

    @Override
    final void start() {
        startStore();
    }
}
