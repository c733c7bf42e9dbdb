package io.backstay.registry;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Which instances of all regions are to be called: those of the own region as long as 72 % of them are up; below that so many calls spill
 * over to the next region as the own can no longer carry; with none up, all go there. One whose lease alone has run out counts as up while
 * it answers checks: a region that has lost its store only has not lost its instances. Immutable.
 *
 * <p>Those of the own region that are down stay in the list, since whoever gets it asks how well each zone of the region is.
 */
final class RegionChoice implements BiFunction<List<ServiceInstance>, Set<ServiceInstance>, List<ServiceInstance>> {

    /** So many must be up to carry all calls: an over-provisioning of 140 %. */
    private static final double ENOUGH = 0.72;
    /** Of one that is down: it counts as an instance, but is next to never chosen, not even by who calls all for want of others. */
    private static final double NEXT_TO_NOTHING = 1e-6;

    private final String home;
    private final List<String> others;

    /** The own region, and the others in the order in which they stand in for it. */
    RegionChoice(String home, List<String> others) {
        this.home = home;
        this.others = List.copyOf(others);
    }

    @Override
    public List<ServiceInstance> apply(List<ServiceInstance> all, Set<ServiceInstance> answering) {
        if (others.isEmpty()) {
            return all;
        }
        List<ServiceInstance> own = of(home, all);
        double share = shareUp(own, answering);
        if (share >= ENOUGH) {
            return own;
        }
        List<ServiceInstance> spare = spare(all);
        if (spare.isEmpty()) {
            return own.isEmpty() ? all : own;
        }
        return share == 0 ? spare : spill(own, up(own, answering), spare, share / ENOUGH);
    }

    private static List<ServiceInstance> of(String region, List<ServiceInstance> all) {
        return all.stream()
                .filter(instance -> instance.region().filter(region::equals).isPresent())
                .toList();
    }

    /** Of those that are to stay and are there for everyday. */
    private static double shareUp(List<ServiceInstance> own, Set<ServiceInstance> answering) {
        long staying = own.stream()
                .filter(instance -> instance.status() != InstanceStatus.DRAINING && instance.weight() > 0)
                .count();
        return staying == 0 ? 0 : (double) up(own, answering).size() / staying;
    }

    private static List<ServiceInstance> up(List<ServiceInstance> all, Set<ServiceInstance> answering) {
        return all.stream()
                .filter(instance -> instance.weight() > 0)
                .filter(instance -> instance.status() == InstanceStatus.UP || answering.contains(instance))
                .toList();
    }

    private List<ServiceInstance> spare(List<ServiceInstance> all) {
        for (String region : others) {
            List<ServiceInstance> up = up(of(region, all), Set.of());
            if (!up.isEmpty()) {
                return up;
            }
        }
        return List.of();
    }

    /** The own ones, and the others at such weights that the own ones get their share. */
    private static List<ServiceInstance> spill(
            List<ServiceInstance> own, List<ServiceInstance> up, List<ServiceInstance> spare, double ownShare) {
        double factor = (1 - ownShare) / ownShare * weight(up) / weight(spare);
        List<ServiceInstance> blend = new ArrayList<>(own.size() + spare.size());
        for (ServiceInstance instance : own) {
            blend.add(
                    instance.status() == InstanceStatus.DOWN
                            ? weighing(instance, Math.min(instance.weight(), NEXT_TO_NOTHING))
                            : instance);
        }
        for (ServiceInstance instance : spare) {
            blend.add(weighing(instance, Math.min(1e6, instance.weight() * factor)));
        }
        return List.copyOf(blend);
    }

    private static ServiceInstance weighing(ServiceInstance instance, double weight) {
        return instance.toBuilder().weight(weight).build();
    }

    private static double weight(List<ServiceInstance> instances) {
        return instances.stream().mapToDouble(ServiceInstance::weight).sum();
    }
}
