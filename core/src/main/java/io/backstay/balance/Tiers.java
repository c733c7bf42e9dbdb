package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.InstanceStatus;
import io.backstay.spi.Balancer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Says which instances may be chosen, as Envoy does with priority levels: each distance takes as much of the calls as its health allows,
 * what is left goes on to the next. Only where that does not add up to all calls is a distance below the panic threshold in panic, and
 * uses all it has. Where nobody at all is healthy, those are used first that are known to serve, standbys or else those that leave, and
 * beside them those whose lease has run out: these may well be alive, and a standby could hardly carry what was theirs.
 */
final class Tiers {

    private static final double PERCENT = 100;

    private final BalancePolicy policy;
    private final Balancer balancer;
    private final List<Tier> tiers = new ArrayList<>(Locality.DISTANCES);
    private final List<Member> leaving = new ArrayList<>();
    /** Chosen when no other has room. */
    private final List<Member> reserve = new ArrayList<>();

    /** Instances of one distance. */
    private static final class Tier {
        final List<Member> healthy = new ArrayList<>();
        /** All that count, healthy or not. */
        final List<Member> all = new ArrayList<>();
        /** Those without a weight that are well. */
        final List<Member> standbys = new ArrayList<>();
        /** With a weight, not ejected, and perhaps gone. */
        final List<Member> suspects = new ArrayList<>();

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
        for (Member member : members) {
            sort(member, tiers.get(here.distance(member.instance())));
        }
        List<Pickable> instead = inPlaceOfPanic();
        if (!instead.isEmpty()) {
            return onlyOf(instead, lastResort());
        }
        tiers.removeIf(tier -> tier.all.isEmpty());
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
                ? onlyOf(reserve, List.of())
                : new View(
                        groups, taken.stream().mapToDouble(Double::doubleValue).toArray(), reserve);
    }

    private void sort(Member member, Tier tier) {
        InstanceStatus status = member.status();
        if (status == InstanceStatus.DRAINING) {
            leaving.add(member);
            return;
        }
        boolean standby = member.isStandby();
        if (!standby) {
            tier.all.add(member);
            if (member.isHealthy()) {
                tier.healthy.add(member);
                return;
            }
        }
        if (standby && status == InstanceStatus.UP && !member.ejection().isOn()) {
            tier.standbys.add(member);
        }
        if (!standby && status == InstanceStatus.SUSPECT && !member.ejection().isOn()) {
            tier.suspects.add(member);
        }
        if (status == InstanceStatus.SUSPECT || (standby && status == InstanceStatus.UP)) {
            reserve.add(member);
        }
    }

    /** Those that are called where nobody is healthy; none where somebody is, or where nobody is known to serve. */
    private List<Pickable> inPlaceOfPanic() {
        List<Member> serving = leaving;
        List<Member> suspects = List.of();
        for (int i = tiers.size() - 1; i >= 0; i--) {
            Tier tier = tiers.get(i);
            if (!tier.healthy.isEmpty()) {
                return List.of();
            }
            if (!tier.standbys.isEmpty()) {
                serving = tier.standbys;
            }
            if (!tier.suspects.isEmpty()) {
                suspects = tier.suspects;
            }
        }
        return serving.isEmpty() ? List.of() : together(serving, suspects);
    }

    private static List<Pickable> together(List<Member> serving, List<Member> suspects) {
        List<Pickable> all = new ArrayList<>(suspects);
        double usual = suspects.stream()
                .mapToDouble(each -> each.instance().weight())
                .average()
                .orElse(0);
        for (Member member : serving) {
            all.add(usual > 0 && member.isStandby() ? new StandIn(member, usual) : member);
        }
        return all;
    }

    /** All others that may be called at all. */
    private List<Member> lastResort() {
        Set<Member> all = new LinkedHashSet<>(reserve);
        all.addAll(leaving);
        if (policy.panicPercent() > 0) {
            tiers.forEach(tier -> all.addAll(tier.all));
        }
        return List.copyOf(all);
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

    private View onlyOf(List<? extends Pickable> members, List<Member> otherwise) {
        return members.isEmpty()
                ? new View(List.of(), new double[0], List.of())
                : new View(List.of(Group.of(members, balancer)), new double[] {1}, otherwise);
    }
}
