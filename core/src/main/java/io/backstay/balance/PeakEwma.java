package io.backstay.balance;

import io.backstay.spi.Balancer;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Power of two choices: of two drawn by chance, the one that costs less. It takes the same time however many there are, and many callers
 * do not all run to the same instance.
 */
final class PeakEwma implements Balancer {

    private final RandomGenerator random;

    PeakEwma(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public Picker over(List<? extends Candidate> candidates) {
        if (candidates.size() == 1) {
            Candidate only = candidates.get(0);
            return request -> only;
        }
        Draw draw = new Draw(candidates);
        return request -> pick(draw, request);
    }

    private Candidate pick(Draw draw, Request request) {
        long now = request.nowNanos();
        int index = draw.next(random, now);
        Candidate first = draw.get(index);
        Candidate second = draw.get(draw.second(index, random, now));
        if (!request.allows(first)) {
            return second;
        }
        return second.cost(now) < first.cost(now) && request.allows(second) ? second : first;
    }
}
