package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.spi.Balancer;
import io.backstay.spi.DelayScheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Who is in a pool, and the view of who may be chosen that follows from it. What changes either does so under {@link #lock}. */
final class Roster {

    /** With more than these the view is not made anew for each change, but for all within a while. */
    private static final int MANY = 1_000;

    private static final Duration WHILE = Duration.ofMillis(100);

    /** Nothing waits under it, and nobody is told anything. */
    final ReentrantLock lock = new ReentrantLock();

    private final Function<ServiceInstance, @Nullable ConcurrencyLimit> limits;
    private final Locality here;
    private final Tuning tuning;
    private final DelayScheduler scheduler;

    private volatile Member[] members = {};
    private volatile View view = new View(List.of(), new double[0], List.of());
    private volatile BalancePolicy policy;
    private volatile int ejected;
    private Balancer balancer;
    private boolean viewIsDue;

    /** Asks for the limit of each instance that is new. */
    Roster(
            BalancePolicy policy,
            Balancer balancer,
            Locality here,
            Function<ServiceInstance, @Nullable ConcurrencyLimit> limits,
            DelayScheduler scheduler) {
        this.policy = policy;
        this.balancer = balancer;
        this.here = here;
        this.limits = limits;
        this.scheduler = scheduler;
        this.tuning = new Tuning(policy);
    }

    Member[] members() {
        return members;
    }

    View view() {
        return view;
    }

    BalancePolicy policy() {
        return policy;
    }

    Tuning tuning() {
        return tuning;
    }

    /** With the lock held. The first ones begin at once, since all would begin slowly alike; those that come later begin slowly. */
    void replace(List<ServiceInstance> instances, long nowNanos) {
        Map<ServiceInstance, Member> before = new HashMap<>();
        for (Member member : members) {
            before.put(member.instance(), member);
        }
        boolean first = before.isEmpty();
        Map<ServiceInstance, Member> after = new LinkedHashMap<>();
        for (ServiceInstance instance : instances) {
            Member known = before.remove(instance);
            if (known == null) {
                known = after.get(instance);
            }
            if (known != null) {
                follow(known, instance, nowNanos);
            } else {
                known = new Member(instance, limits.apply(instance), tuning);
                if (!first) {
                    known.start(nowNanos);
                }
            }
            after.put(instance, known);
        }
        before.values().forEach(Member::leave);
        members = after.values().toArray(Member[]::new);
        makeView();
    }

    private static void follow(Member member, ServiceInstance now, long nowNanos) {
        boolean returns = member.status() != InstanceStatus.UP && now.status() == InstanceStatus.UP;
        member.follow(now);
        if (returns) {
            member.start(nowNanos);
        }
    }

    /** With the lock held. What members have learned stays. */
    void follow(BalancePolicy next, Balancer nextBalancer) {
        policy = next;
        balancer = nextBalancer;
        tuning.follow(next);
        makeView();
    }

    Balancer balancer() {
        return balancer;
    }

    /** With the lock held: somebody may be chosen or not who was not or was before. */
    void changed() {
        if (members.length <= MANY) {
            makeView();
        } else if (!viewIsDue) {
            viewIsDue = true;
            scheduler.schedule(this::makeDueView, WHILE);
        }
    }

    private void makeDueView() {
        lock.lock();
        try {
            viewIsDue = false;
            makeView();
        } finally {
            lock.unlock();
        }
    }

    /** How many are ejected, as the view has it. */
    int ejected() {
        return ejected;
    }

    private void makeView() {
        int out = 0;
        for (Member member : members) {
            out += member.ejection().isOn() ? 1 : 0;
        }
        ejected = out;
        view = Tiers.view(members, here, policy, balancer);
    }
}
