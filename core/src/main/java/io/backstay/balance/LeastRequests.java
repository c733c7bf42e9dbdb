package io.backstay.balance;

import io.backstay.spi.Balancer;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The one with the fewest attempts in progress for its weight: of all where they are few, of some drawn by chance where they are many.
 * Those that are alike come by chance, so that many callers do not all begin with the same one.
 */
final class LeastRequests implements Balancer {

    private static final int FEW = 32;
    private static final int DRAWN = 8;

    private final RandomGenerator random;

    LeastRequests(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public Picker over(List<? extends Candidate> candidates) {
        Draw draw = new Draw(candidates);
        return candidates.size() <= FEW ? request -> ofAll(draw, request) : request -> ofSome(draw, request);
    }

    private Candidate ofAll(Draw draw, Request request) {
        int size = draw.size();
        int first = random.nextInt(size);
        Candidate least = draw.get(first);
        double leastLoad = load(least, request);
        for (int i = 1; i < size; i++) {
            Candidate each = draw.get((first + i) % size);
            double load = load(each, request);
            if (load < leastLoad) {
                least = each;
                leastLoad = load;
            }
        }
        return least;
    }

    /** Drawn by weight already, so that weight does not count once more. */
    private Candidate ofSome(Draw draw, Request request) {
        long now = request.nowNanos();
        Candidate least = draw.get(draw.next(random, now));
        double leastLoad = request.allows(least) ? least.pending() : Double.POSITIVE_INFINITY;
        for (int i = 1; i < DRAWN; i++) {
            Candidate each = draw.get(draw.next(random, now));
            if (each.pending() < leastLoad && request.allows(each)) {
                least = each;
                leastLoad = each.pending();
            }
        }
        return least;
    }

    /** Where one has none, none has. */
    private static double weight(Candidate candidate) {
        double weight = candidate.instance().weight();
        return weight == 0 ? 1 : weight;
    }

    /** One that is to be given less is passed over that often. */
    private double load(Candidate candidate, Request request) {
        double share = candidate.share(request.nowNanos());
        return request.allows(candidate) && (share >= 1 || random.nextDouble() < share)
                ? (candidate.pending() + 1) / weight(candidate)
                : Double.POSITIVE_INFINITY;
    }
}
