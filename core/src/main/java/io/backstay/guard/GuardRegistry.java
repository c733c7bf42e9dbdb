package io.backstay.guard;

import io.backstay.GuardPolicy;
import io.backstay.Settings;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Guards by name, made when first asked for and bounded in number, as {@link CircuitBreakers} are: at most 1,000; making a new one
 * drops those that are idle first. Idle is a guard at rest, whose breaker is closed and has seen no call for 10 minutes, with no token
 * missing from its bucket; one whose breaker is open, forced open or disabled stays. Thread-safe; finding one that is there takes no
 * lock.
 *
 * <p>Whoever keeps a dropped guard can go on using it, but the name gets another, under the policy that is then asked for, or else
 * that of the one before.
 */
public final class GuardRegistry {

    private final GuardClocks clocks;
    private final CircuitBreaker.TransitionListener listener;
    private final int most;
    private final long idleNanos;
    private final Map<String, Guard> guards = new ConcurrentHashMap<>();
    /** Held to make, to drop and to change. */
    private final ReentrantLock changing = new ReentrantLock();

    /** What dropped guards followed, of as many as there may be guards. Held to the lock. */
    private final Map<String, GuardPolicy> left = new LinkedHashMap<>();

    private long nextSweepNanos;

    /**
     * An empty registry, all of whose guards live on the same clocks.
     *
     * @param listener is told of each change of a breaker's state
     * @param most how many there may be; 1 to 1,000,000
     * @param idleTime how long a closed breaker may go without a call; 1 ms to 30 days
     * @throws io.backstay.ConfigurationException when a number is out of range
     */
    public GuardRegistry(
            TimeSource time,
            DelayScheduler scheduler,
            Waiter waiter,
            RandomSource random,
            CircuitBreaker.TransitionListener listener,
            int most,
            Duration idleTime) {
        this.clocks = new GuardClocks(time, scheduler, waiter, random);
        this.listener = listener;
        this.most = Settings.BREAKERS_MAX.check(most);
        this.idleNanos = Settings.BREAKERS_IDLE_TIME.check(idleTime).toNanos();
        this.nextSweepNanos = time.nanoTime() + idleNanos;
    }

    /** At most 1,000, each dropped after 10 idle minutes. */
    public GuardRegistry(
            TimeSource time,
            DelayScheduler scheduler,
            Waiter waiter,
            RandomSource random,
            CircuitBreaker.TransitionListener listener) {
        this(
                time,
                scheduler,
                waiter,
                random,
                listener,
                Settings.BREAKERS_MAX.defaultValue(),
                Settings.BREAKERS_IDLE_TIME.defaultValue());
    }

    /**
     * The guard of this name, made now if there is none, under {@link GuardPolicy#standard()} or the policy that it has had before.
     *
     * @throws IllegalStateException when there is no room: as many as there may be, and none of them idle
     */
    public Guard get(String name) {
        Guard known = guards.get(name);
        return known != null ? known : make(name, null);
    }

    /**
     * The guard of this name, made now if there is none, that follows this policy from now on.
     *
     * @throws IllegalStateException when there is no room: as many as there may be, and none of them idle
     */
    @SuppressWarnings("ReferenceEquality")
    public Guard get(String name, GuardPolicy policy) {
        Guard known = guards.get(name);
        if (known == null) {
            known = make(name, policy);
        }
        if (known.policy() != policy) {
            known.update(policy);
        }
        return known;
    }

    /** The guard of this name, if there is one. */
    public Optional<Guard> find(String name) {
        return Optional.ofNullable(guards.get(name));
    }

    /** All there are now, in no order. */
    public List<Guard> all() {
        return List.copyOf(guards.values());
    }

    private Guard make(String name, @Nullable GuardPolicy policy) {
        changing.lock();
        try {
            Guard known = guards.get(name);
            if (known != null) {
                return known;
            }
            makeRoom();
            GuardPolicy before = left.remove(name);
            GuardPolicy followed = policy != null ? policy : before != null ? before : GuardPolicy.standard();
            Guard made = new Guard(name, followed, clocks, listener);
            guards.put(name, made);
            return made;
        } finally {
            changing.unlock();
        }
    }

    private void makeRoom() {
        long now = clocks.time().nanoTime();
        boolean full = guards.size() >= most;
        if (full || now - nextSweepNanos >= 0) {
            guards.values().removeIf(guard -> guard.isIdle(idleNanos, now) && leave(guard));
            nextSweepNanos = now + idleNanos;
        }
        if (full && guards.size() >= most) {
            throw new IllegalStateException("there are " + guards.size() + " guards and none of them is idle; "
                    + Settings.BREAKERS_MAX.name() + " allows no more");
        }
    }

    private boolean leave(Guard guard) {
        left.put(guard.name(), guard.policy());
        if (left.size() > most) {
            left.remove(left.keySet().iterator().next());
        }
        return true;
    }
}
