package io.backstay.balance;

import io.backstay.ServiceInstance;

/** A standby among others: for the time being it has a weight as they have. */
final class StandIn implements Pickable {

    private final Member member;
    private final ServiceInstance weighing;

    StandIn(Member member, double weight) {
        this.member = member;
        this.weighing = member.instance().toBuilder().weight(weight).build();
    }

    @Override
    public Member member() {
        return member;
    }

    @Override
    public ServiceInstance instance() {
        return weighing;
    }

    @Override
    public int pending() {
        return member.pending();
    }

    @Override
    public double cost(long nowNanos) {
        return member.cost(nowNanos);
    }

    @Override
    public double share(long nowNanos) {
        return member.share(nowNanos);
    }

    @Override
    public String toString() {
        return member.instance().toString();
    }
}
