package io.backstay.internal;

import io.backstay.CallPolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.balance.InstancePool;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.spi.InstanceListener;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What is kept for one service from call to call. Its policy may change under running calls. */
final class ServiceState implements InstanceListener {

    final String name;
    final InstancePool instances;
    final ServiceMetrics metrics;

    final FirstReading firstReading;

    private final GuardMaker maker;
    private volatile ServiceGuards guards;

    ServiceState(String name, CallPolicy policy, GuardMaker maker, PoolMaker pools) {
        this.name = name;
        this.maker = maker;
        this.metrics = new ServiceMetrics(maker.time());
        this.guards = maker.make(name, policy);
        this.instances =
                pools.make(name, policy, instance -> maker.instanceLimit(instance, policy().instanceConcurrency()));
        this.firstReading = pools.firstReading(instances);
    }

    @Override
    public void onInstances(List<ServiceInstance> told) {
        List<CircuitBreaker> open = guards.breakers().stream()
                .filter(breaker -> breaker.state() == BreakerState.OPEN)
                .toList();
        Set<String> upBefore = open.isEmpty() ? Set.of() : up(instances.instances());
        instances.onInstances(told);
        if (!told.isEmpty()) {
            firstReading.answered();
        }
        if (!open.isEmpty() && !upBefore.containsAll(up(told))) {
            // What they have seen was with others.
            open.forEach(breaker -> breaker.tryNow("instances have come up"));
        }
    }

    private static Set<String> up(List<ServiceInstance> all) {
        return all.stream()
                .filter(instance -> instance.status() == InstanceStatus.UP)
                .map(ServiceInstance::address)
                .collect(Collectors.toSet());
    }

    @Override
    public void onHealthy(ServiceInstance instance) {
        instances.onHealthy(instance);
        ServiceGuards now = guards;
        if (now.policy().breaker().probesByHealthCheck()) {
            now.breakers().forEach(breaker -> breaker.onProbe(/* healthy= */ true));
        }
    }

    /** For a call that begins now. */
    ServiceGuards guards() {
        return guards;
    }

    CallPolicy policy() {
        return guards.policy();
    }

    /** Follows another policy from the next call on; the guards go on with what they know and with the permits they have given. */
    synchronized void follow(CallPolicy next) {
        instances.follow(next.balance(), next.ejection());
        guards = maker.change(name, guards, next);
        instances.changeLimits(
                (instance, limit) -> maker.changeLimit(limit, instance.address(), next.instanceConcurrency()));
    }
}
