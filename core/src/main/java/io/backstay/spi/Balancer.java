package io.backstay.spi;

import io.backstay.ServiceInstance;
import java.util.List;

/**
 * Chooses an instance for each attempt. What is common to all balancers is not its business: which instances may be chosen at all (up, not
 * ejected, of the nearest zone), permits, retries, latencies and what follows from them; it is asked only for one of those that may.
 *
 * <p>One for each service. {@link #over} is called by one thread at a time; a {@link Picker} is used by all threads at once.
 */
@FunctionalInterface
public interface Balancer {

    /** What {@link Request#keyHash} gives where there is no key. */
    long NO_KEY = 0;

    /**
     * How to pick among these. Called whenever they or their weights have changed; what is to outlive that, as a turn, belongs to the
     * balancer. Instances may be in zones that are picked from separately, each with a picker of its own.
     *
     * @param candidates at least one; immutable
     */
    Picker over(List<? extends Candidate> candidates);

    /** Picks among the candidates it was made for. Never blocks, never throws. */
    @FunctionalInterface
    interface Picker {

        /**
         * One of the candidates; one that the {@link Request#allows request allows} wherever that is easily had. Where it is not, or where
         * another attempt was quicker to take its last permit, the picker is asked again a few times, and then all are looked through.
         */
        Candidate pick(Request request);
    }

    /** An instance that may be picked, and how it does. Thread-safe; readings change under whoever reads. */
    interface Candidate {

        /** Who it is; with its weight, which is above zero unless that of all others is zero too. */
        ServiceInstance instance();

        /** How many attempts it has in progress here. */
        int pending();

        /**
         * What one more attempt would cost: its recent latency in nanoseconds, times the attempts it would then have, made greater by
         * recent failures. Zero for one that has answered nothing yet and has nothing to do.
         */
        double cost(long nowNanos);

        /** How much of its weight it is to be given now, above 0 to 1: less while it starts, and while it degrades. */
        double share(long nowNanos);
    }

    /** What an attempt asks for. Valid while the picker picks. */
    interface Request {

        /** The reading of the clock with which the attempt begins. */
        long nowNanos();

        /** A hash of what keeps calls together on an instance, the same in all processes; {@link #NO_KEY} where nothing does. */
        long keyHash();

        /** Whether this candidate would do: not tried by this call, and with room for one more. */
        boolean allows(Candidate candidate);
    }
}
