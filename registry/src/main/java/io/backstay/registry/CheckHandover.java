package io.backstay.registry;

import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import io.backstay.state.ReplicaChange;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hears what other processes publish of their checks, and bridges the time in which checks change hands: whoever takes over goes on at once
 * from how the instances stand; for all others they stand as they do until the new ones have had time to say so. Used on the registry's
 * serial executor only.
 */
final class CheckHandover {

    /** How long who takes checks over has to say how things stand. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final ProviderContext context;
    private final SerialExecutor serial;
    private final Catalog catalog;
    private final CheckDuty duty;
    private final CheckVerdicts verdicts;
    /** The services whose checks are changing hands. */
    private final Set<Service> handing = new HashSet<>();

    private @Nullable Cancellable end;
    private boolean closed;

    CheckHandover(
            ProviderContext context, SerialExecutor serial, Catalog catalog, CheckDuty duty, CheckVerdicts verdicts) {
        this.context = context;
        this.serial = serial;
        this.catalog = catalog;
        this.duty = duty;
        this.verdicts = verdicts;
    }

    /** A process has published something, or is no longer there. */
    void onObservation(Region region, ReplicaChange<Observation> change) {
        Observation before = change.oldValue() == null ? Observation.NONE : change.oldValue();
        Observation now = change.newValue() == null ? Observation.NONE : change.newValue();
        if (change.newValue() != null) {
            region.watching.put(now);
        } else {
            region.watching.remove(before);
        }
        Set<String> services = difference(before.services(), now.services());
        services.addAll(difference(before.ready(), now.ready()));
        services.forEach(service -> begin(region, service));
        for (String registration : difference(before.down(), now.down())) {
            String key = InstanceEntries.keyOf(registration);
            Member member = catalog.find(InstanceEntries.service(key), key, region);
            if (member != null) {
                judgeUnlessHanding(member, member.down ? "others' checks have passed" : "others' checks have failed");
            }
        }
    }

    /** This process does not check an instance, since others do. */
    void onLeftToOthers(Member member) {
        judgeUnlessHanding(member, "others' checks say so");
    }

    private void judgeUnlessHanding(Member member, String reason) {
        if (handing.isEmpty() || !handing.contains(catalog.open(member.service()))) {
            verdicts.judge(member, reason);
        }
    }

    /** Others look at the instances of a service from now on, or have to say anew how one of them stands. */
    void begin(Region region, String name) {
        Service service = catalog.find(name);
        if (service == null) {
            return;
        }
        handing.add(service);
        for (int i = service.size() - 1; i >= 0; i--) {
            Member member = service.member(i);
            if (member.region == region && duty.decides(member)) {
                verdicts.judge(member, "checks changed hands");
            }
        }
        if (end == null && !closed) {
            end = context.scheduler().schedule(() -> serial.execute(this::end), PATIENCE);
        }
    }

    private void end() {
        end = null;
        List<Service> handed = List.copyOf(handing);
        handing.clear();
        handed.forEach(verdicts::judgeAll);
    }

    /** What is in one of them only. */
    private static Set<String> difference(Set<String> one, Set<String> other) {
        Set<String> different = new HashSet<>();
        for (String each : one) {
            if (!other.contains(each)) {
                different.add(each);
            }
        }
        for (String each : other) {
            if (!one.contains(each)) {
                different.add(each);
            }
        }
        return different;
    }

    void close() {
        closed = true;
        if (end != null) {
            end.cancel();
        }
    }
}
