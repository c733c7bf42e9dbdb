package io.backstay.balance;

import io.backstay.spi.Balancer;
import java.util.List;
import java.util.random.RandomGenerator;

/** By chance, by weight. */
final class RandomChoice implements Balancer {

    private final RandomGenerator random;

    RandomChoice(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public Picker over(List<? extends Candidate> candidates) {
        Draw draw = new Draw(candidates);
        return request -> draw.get(draw.next(random, request.nowNanos()));
    }
}
