package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.InstanceStatus;
import io.backstay.spi.Balancer;
import java.util.ArrayList;
import java.util.List;

/**
 * Says which instances may be chosen, as Envoy does with priority levels: each distance takes as much of the calls as its health allows,
 * what is left goes on to the next. Only where that does not add up to all calls is a distance below the panic threshold in panic, and
 * uses all it has.
 */
final class Tiers {

    private static final double PERCENT = 100;

    private final BalancePolicy policy;
    private final Balancer balancer;
    private final List<Tier> tiers = new ArrayList<>(Locality.DISTANCES);

    /** Instances of one distance. */
    private static final class Tier {
        final List<Member> healthy = new ArrayList<>();
        /** All that count, healthy or not. */
        final List<Member> all = new ArrayList<>();

        double health() {
            return all.isEmpty() ? 0 : (double) healthy.size() / all.size();
        }
    }

    private Tiers(BalancePolicy policy, Balancer balancer) {
        this.policy = policy;
        this.balancer = balancer;
    }

    /** As these instances stand now. */
    static View view(Member[] members, Locality here, BalancePolicy policy, Balancer balancer) {
        return new Tiers(policy, balancer).view(members, here);
    }

    private View view(Member[] members, Locality here) {
        for (int i = 0; i < Locality.DISTANCES; i++) {
            tiers.add(new Tier());
        }
        List<Member> reserve = new ArrayList<>();
        List<Member> leaving = new ArrayList<>();
        for (Member member : members) {
            sort(member, tiers.get(here.distance(member.instance())), reserve, leaving);
        }
        tiers.removeIf(tier -> tier.all.isEmpty());
        if (tiers.isEmpty()) {
            return onlyOf(reserve.isEmpty() ? leaving : reserve);
        }
        double[] shares = shares();
        double sum = 0;
        for (double share : shares) {
            sum += share;
        }
        boolean enough = sum > 1 - 1e-9;
        List<Group> groups = new ArrayList<>();
        List<Double> taken = new ArrayList<>();
        for (int i = 0; i < shares.length; i++) {
            List<Member> usable = usable(tiers.get(i), enough);
            if (!usable.isEmpty()) {
                groups.add(Group.of(usable, balancer));
                taken.add(sum == 0 ? (groups.size() == 1 ? 1.0 : 0.0) : shares[i] / sum);
            }
        }
        return groups.isEmpty()
                ? onlyOf(reserve.isEmpty() ? leaving : reserve)
                : new View(
                        groups, taken.stream().mapToDouble(Double::doubleValue).toArray(), reserve);
    }

    private static void sort(Member member, Tier tier, List<Member> reserve, List<Member> leaving) {
        InstanceStatus status = member.status();
        if (status == InstanceStatus.DRAINING) {
            leaving.add(member);
            return;
        }
        if (member.instance().weight() > 0) {
            tier.all.add(member);
            if (member.isHealthy()) {
                tier.healthy.add(member);
                return;
            }
        }
        if (status == InstanceStatus.SUSPECT
                || (status == InstanceStatus.UP && member.instance().weight() == 0)) {
            reserve.add(member);
        }
    }

    /** How much of the calls each distance takes by its health. */
    private double[] shares() {
        double left = 1;
        double[] shares = new double[tiers.size()];
        for (int i = 0; i < shares.length; i++) {
            double carries = Math.min(1, tiers.get(i).health() * PERCENT / policy.spillPercent());
            shares[i] = Math.min(left, carries);
            left -= shares[i];
        }
        return shares;
    }

    private List<Member> usable(Tier tier, boolean enough) {
        boolean panics = !enough && tier.health() * PERCENT < policy.panicPercent();
        return panics ? tier.all : tier.healthy;
    }

    private View onlyOf(List<Member> members) {
        return members.isEmpty()
                ? new View(List.of(), new double[0], List.of())
                : new View(List.of(Group.of(members, balancer)), new double[] {1}, List.of());
    }
}
