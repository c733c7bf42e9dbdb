package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import io.backstay.state.OwnEntries;
import io.backstay.state.OwnEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance that this process keeps registered: renewed at each third of its lease, put back after an outage of the store, gone by its
 * lease when this process dies. Thread-safe; but for {@link #close()} nothing here waits.
 *
 * <p>Whoever registers the same service and id later takes it over: this one ends then, and is told.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public final class Registration implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    /** How long closing waits for the store once it has been told. */
    private static final Duration LAST_WORD = Duration.ofSeconds(2);

    private final String key;
    private final long owner;
    private final Registrations registrations;
    private final ProviderContext context;
    private final Duration drainTime;
    private final OwnEntry entry;
    private final CompletableFuture<Void> seen = new CompletableFuture<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    /** Held while the instance is changed. */
    private final ReentrantLock changing = new ReentrantLock();

    private volatile ServiceInstance instance;
    private boolean leaving;

    Registration(
            ServiceInstance instance,
            long owner,
            OwnEntries entries,
            Duration lease,
            Duration drainTime,
            ProviderContext context,
            Registrations registrations,
            Consumer<? super Registration> onReplaced) {
        this.key = InstanceEntries.key(instance);
        this.owner = owner;
        this.instance = instance;
        this.drainTime = drainTime;
        this.context = context;
        this.registrations = registrations;
        byte[] octets = InstanceEntries.encode(new InstanceEntry(instance, owner));
        registrations.expect(key, this);
        try {
            this.entry = entries.put(key, octets, () -> lease, replaced -> replaced(onReplaced));
        } catch (RuntimeException | Error e) {
            registrations.remove(key, this);
            throw e;
        }
    }

    private void replaced(Consumer<? super Registration> onReplaced) {
        end();
        LOG.warn("[{}] {} was registered by somebody else, and is given up here", instance.service(), instance.id());
        onReplaced.accept(this);
    }

    boolean isOwner(long owner) {
        return owner == this.owner;
    }

    /** The store has told of an entry of this key. */
    void seen(long owner) {
        if (isOwner(owner)) {
            seen.complete(null);
        }
    }

    /** The instance, as it is registered now. */
    public ServiceInstance instance() {
        return instance;
    }

    /** Whether it is in the store, as far as is known. */
    public boolean isRegistered() {
        return entry.isHeld();
    }

    /** Since when it is in the store without a break; nothing when it is not there. */
    public Optional<Instant> registeredSince() {
        return entry.heldSince();
    }

    /**
     * Done once it has been in the store for the first time and this process has heard of it; fails with a {@link CancellationException}
     * when it is left, closed or replaced before that. A dependent step runs where the registry hears of instances, and must not block.
     */
    public CompletableFuture<Void> whenRegistered() {
        return seen.copy();
    }

    /** Whether somebody else has registered the same service and id since. */
    public boolean isReplaced() {
        return entry.isReplaced();
    }

    /**
     * Tells what has changed of the instance: weight, version, tags, capabilities, metadata, status. Does nothing once it is being left.
     *
     * @throws ConfigurationException when it is another instance (service, id and address must be the same), or takes too much room
     */
    public void update(ServiceInstance now) {
        if (!now.equals(instance)) {
            throw new ConfigurationException("a registration of " + instance + " cannot become one of " + now);
        }
        changing.lock();
        try {
            if (!leaving) {
                write(now);
            }
        } finally {
            changing.unlock();
        }
    }

    private void write(ServiceInstance now) {
        entry.update(InstanceEntries.encode(new InstanceEntry(now, owner)));
        instance = now;
    }

    /** Announces that it finishes what it has and takes no more calls. It stays registered until it is closed. */
    public void drain() {
        changing.lock();
        try {
            write(instance.withStatus(InstanceStatus.DRAINING));
        } finally {
            changing.unlock();
        }
    }

    /**
     * Announces that it is draining, and removes it after the drain time; 1 s unless set.
     *
     * @return done once it is gone, or will go by its lease; a dependent step must not block
     */
    public CompletableFuture<Void> leave() {
        changing.lock();
        try {
            if (leaving || isReplaced()) {
                return left.copy();
            }
            leaving = true;
            if (drainTime.isZero()) {
                remove();
            } else {
                write(instance.withStatus(InstanceStatus.DRAINING));
                context.scheduler().schedule(this::remove, drainTime);
            }
        } finally {
            changing.unlock();
        }
        return left.copy();
    }

    private void remove() {
        entry.remove().whenComplete((gone, failure) -> end());
    }

    /** It is kept no longer: who waits for it waits in vain from now on. */
    void end() {
        registrations.remove(key, this);
        seen.completeExceptionally(new CancellationException("the registration of " + instance + " has ended"));
        left.complete(null);
    }

    /** The same as {@link #leave()}, and waits for it, but no longer than 2 s beyond the drain time. May be called twice. */
    @Override
    public void close() {
        await(leave(), context, drainTime.plus(LAST_WORD));
    }

    static void await(CompletableFuture<?> future, ProviderContext context, Duration atMost) {
        try {
            context.waiter().await(future, atMost.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static Duration closingTime(Duration drainTime) {
        return drainTime.plus(LAST_WORD);
    }

    @Override
    public String toString() {
        return "registration of " + instance
                + (isReplaced() ? ", replaced" : isRegistered() ? "" : ", not in the store");
    }
}
