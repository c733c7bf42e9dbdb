package io.backstay.balance;

import io.backstay.spi.Balancer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * In turn, by weight: each turn of the {@link SmoothSchedule} is one step of a counter that all share. The counter goes on when the
 * instances change. One that is to be given less at present is passed over that often.
 */
final class RoundRobin implements Balancer {

    /** So many turns one pick may pass over. */
    private static final int MOST_TURNS = 16;

    private final RandomGenerator random;
    private final AtomicInteger turn = new AtomicInteger();

    RoundRobin(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public Picker over(List<? extends Candidate> candidates) {
        Candidate[] all = candidates.toArray(Candidate[]::new);
        double[] weights = candidates.stream()
                .mapToDouble(each -> each.instance().weight())
                .toArray();
        SmoothSchedule schedule = SmoothSchedule.of(weights);
        return request -> pick(all, schedule, request);
    }

    private Candidate pick(Candidate[] all, SmoothSchedule schedule, Request request) {
        Candidate next = all[schedule.at(turn.getAndIncrement())];
        for (int i = 1; i < MOST_TURNS && !isGiven(next, request); i++) {
            next = all[schedule.at(turn.getAndIncrement())];
        }
        return next;
    }

    private boolean isGiven(Candidate candidate, Request request) {
        double share = candidate.share(request.nowNanos());
        return (share >= 1 || random.nextDouble() < share) && request.allows(candidate);
    }
}
