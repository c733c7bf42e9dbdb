package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.spi.Balancer;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The balancers that are always there. */
public final class Balancers {

    private static final List<String> NAMES = List.of(
            BalancePolicy.PEAK_EWMA,
            BalancePolicy.ROUND_ROBIN,
            BalancePolicy.LEAST_REQUESTS,
            BalancePolicy.RANDOM,
            BalancePolicy.CONSISTENT_HASH);

    private Balancers() {}

    /** Their names. */
    public static List<String> names() {
        return NAMES;
    }

    /** A new one that a policy names; nothing where it names one of the user's own. */
    public static Optional<Balancer> of(BalancePolicy policy, RandomGenerator random) {
        return switch (policy.balancer()) {
            case BalancePolicy.PEAK_EWMA -> Optional.of(new PeakEwma(random));
            case BalancePolicy.ROUND_ROBIN -> Optional.of(new RoundRobin(random));
            case BalancePolicy.LEAST_REQUESTS -> Optional.of(new LeastRequests(random));
            case BalancePolicy.RANDOM -> Optional.of(new RandomChoice(random));
            case BalancePolicy.CONSISTENT_HASH ->
                Optional.of(new ConsistentHash(new PeakEwma(random), policy.loadBound()));
            default -> Optional.empty();
        };
    }
}
