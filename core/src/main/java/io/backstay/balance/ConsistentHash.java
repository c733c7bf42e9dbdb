package io.backstay.balance;

import io.backstay.spi.Balancer;
import java.util.List;

/**
 * Calls with the same key to the same instance, by a {@link HashRing}; where that one is not to be had, or has more than the bound allows,
 * to the next on the ring, the same for all. Calls without a key are left to another balancer.
 */
final class ConsistentHash implements Balancer {

    /** So many instances' loads give a mean that is good enough. */
    private static final int SAMPLE = 64;
    /** So many points the walk goes: with 1 % of the instances left, two of three find one. */
    private static final int MOST_STEPS = 128;

    private final Balancer withoutKey;
    private final double bound;

    /** With how many times the mean load an instance may have at most; 0 for no bound. */
    ConsistentHash(Balancer withoutKey, double bound) {
        this.withoutKey = withoutKey;
        this.bound = bound;
    }

    @Override
    public Picker over(List<? extends Candidate> candidates) {
        Candidate[] all = candidates.toArray(Candidate[]::new);
        double[] weights = new double[all.length];
        String[] names = new String[all.length];
        double sum = 0;
        for (int i = 0; i < all.length; i++) {
            weights[i] = all[i].instance().weight();
            names[i] = all[i].instance().id();
            sum += weights[i];
        }
        HashRing ring = new HashRing(names, weights);
        double meanWeight = sum / all.length;
        Picker other = withoutKey.over(candidates);
        return request -> {
            long key = request.keyHash();
            return key == NO_KEY ? other.pick(request) : walk(all, ring, key, meanWeight, request);
        };
    }

    private Candidate walk(Candidate[] all, HashRing ring, long key, double meanWeight, Request request) {
        int start = ring.first(key);
        double most = bound == 0 ? Double.POSITIVE_INFINITY : bound * (meanPending(all, key) + 1.0 / all.length);
        int steps = Math.min(ring.points(), MOST_STEPS);
        for (int i = 0; i < steps; i++) {
            Candidate candidate = all[ring.owner(start + i)];
            if (candidate.pending() < room(most, candidate, meanWeight) && request.allows(candidate)) {
                return candidate;
            }
        }
        return all[ring.owner(start)];
    }

    /** How many attempts a candidate may have: at least one, else nobody could have any. */
    private static double room(double most, Candidate candidate, double meanWeight) {
        double weight = candidate.instance().weight();
        return Math.max(1, Math.ceil(meanWeight == 0 ? most : most * weight / meanWeight));
    }

    private static double meanPending(Candidate[] all, long key) {
        int sampled = Math.min(all.length, SAMPLE);
        int first = (int) Long.remainderUnsigned(key, all.length);
        long sum = 0;
        for (int i = 0; i < sampled; i++) {
            sum += all[(first + i) % all.length].pending();
        }
        return (double) sum / sampled;
    }
}
