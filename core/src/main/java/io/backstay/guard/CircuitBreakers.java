package io.backstay.guard;

import io.backstay.ConfigurationException;
import io.backstay.Settings;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Breakers by name, made when first asked for and bounded in number. A closed one that has seen no call for the idle time is
 * dropped; one that is open, half-open, forced open, disabled, or has calls on their way stays, since it would be missed.
 * Thread-safe; finding one that is there takes no lock.
 *
 * <p>Nothing is dropped behind anybody's back while there is room for more and nobody asks for {@link #dropIdle}: making a new one
 * drops what is idle first. Whoever keeps a dropped breaker can go on using it, but the name gets another.
 */
public final class CircuitBreakers {

    private final Function<String, CircuitBreaker> maker;
    private final TimeSource time;
    private final int most;
    private final long idleNanos;
    private final Map<String, CircuitBreaker> breakers = new ConcurrentHashMap<>();
    /** Held to make and to drop. */
    private final ReentrantLock changing = new ReentrantLock();

    private long nextSweepNanos;

    /**
     * An empty registry.
     *
     * @param maker makes the breaker of a name, on the registry's time source
     * @param most how many there may be; 1 to 1,000,000
     * @param idleTime how long a closed one may go without a call; 1 ms to 30 days
     * @throws ConfigurationException when a number is out of range
     */
    public CircuitBreakers(Function<String, CircuitBreaker> maker, TimeSource time, int most, Duration idleTime) {
        this.maker = maker;
        this.time = time;
        this.most = Settings.BREAKERS_MAX.check(most);
        this.idleNanos = Settings.BREAKERS_IDLE_TIME.check(idleTime).toNanos();
        this.nextSweepNanos = time.nanoTime() + idleNanos;
    }

    /** At most 1,000, each dropped after 10 idle minutes. */
    public CircuitBreakers(Function<String, CircuitBreaker> maker, TimeSource time) {
        this(maker, time, Settings.BREAKERS_MAX.defaultValue(), Settings.BREAKERS_IDLE_TIME.defaultValue());
    }

    /**
     * The breaker of this name, made now if there is none.
     *
     * @throws IllegalStateException when there is no room: as many as there may be, and none of them idle
     */
    public CircuitBreaker get(String name) {
        CircuitBreaker known = breakers.get(name);
        return known != null ? known : make(name);
    }

    /** Takes each breaker in turn, in no order. None is made meanwhile: who changes the maker first has left none out. */
    public void forEach(Consumer<CircuitBreaker> action) {
        changing.lock();
        try {
            breakers.values().forEach(action);
        } finally {
            changing.unlock();
        }
    }

    private CircuitBreaker make(String name) {
        changing.lock();
        try {
            CircuitBreaker known = breakers.get(name);
            if (known != null) {
                return known;
            }
            makeRoom();
            CircuitBreaker made = maker.apply(name);
            breakers.put(name, made);
            return made;
        } finally {
            changing.unlock();
        }
    }

    private void makeRoom() {
        long now = time.nanoTime();
        boolean full = breakers.size() >= most;
        if (full || now - nextSweepNanos >= 0) {
            dropIdle(now);
            nextSweepNanos = now + idleNanos;
        }
        if (full && breakers.size() >= most) {
            throw new IllegalStateException("there are " + breakers.size()
                    + " circuit breakers and none of them is idle; " + Settings.BREAKERS_MAX.name()
                    + " allows no more");
        }
    }

    /** The breaker of this name, if there is one. */
    public Optional<CircuitBreaker> find(String name) {
        return Optional.ofNullable(breakers.get(name));
    }

    /** All there are now, in no order. */
    public List<CircuitBreaker> all() {
        return List.copyOf(breakers.values());
    }

    /** How many there are. */
    public int size() {
        return breakers.size();
    }

    /** Drops those that are idle now; how many. */
    public int dropIdle() {
        changing.lock();
        try {
            return dropIdle(time.nanoTime());
        } finally {
            changing.unlock();
        }
    }

    private int dropIdle(long nowNanos) {
        int before = breakers.size();
        breakers.values().removeIf(breaker -> breaker.isIdle(idleNanos, nowNanos));
        return before - breakers.size();
    }
}
