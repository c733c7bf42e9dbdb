package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateWrite;
import io.backstay.state.ReplicaChange;
import io.backstay.state.ReplicaStatus;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of instances: by the store, by their leases, by checks. The one place where these come together. Everything here runs in
 * turns.
 *
 * <p>An entry that was removed is gone. One whose lease has run out, or that the store has lost, is suspect at once; it goes when that is
 * confirmed, see {@link Suspicions}, but the last instance of a service does not go by that.
 */
final class Discovery implements Checks.Listener {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final Duration SWEEP = Duration.ofSeconds(1);
    /** How soon those are checked that many others are suspect with. */
    private static final Duration HURRY_IN_MASS = Duration.ofSeconds(2);
    /** How soon an instance is checked that has come back. */
    private static final Duration HURRY_BACK = Duration.ofSeconds(1);

    private final ProviderContext context;
    private final Turns turns;
    private final Catalog catalog;
    private final Announcements announcements;
    private final OwnView view;
    private final Registrations registrations;
    private final Checks checks;
    private final Duration blindness;
    private final Set<Region> regionsWithSuspects = new HashSet<>();
    private @Nullable Cancellable sweep;
    private boolean closed;

    /**
     * Nothing known yet.
     *
     * @param blindness how long the store may be away before this process looks at all instances itself
     */
    Discovery(
            ProviderContext context,
            Turns turns,
            Catalog catalog,
            Announcements announcements,
            OwnView view,
            Registrations registrations,
            Checks.Maker checks,
            Duration blindness) {
        this.context = context;
        this.turns = turns;
        this.catalog = catalog;
        this.announcements = announcements;
        this.view = view;
        this.registrations = registrations;
        this.checks = checks.make(this::isOurs, this);
        this.blindness = blindness;
    }

    Checks checks() {
        return checks;
    }

    // What the store says.

    void onEntry(Region region, ReplicaChange<InstanceEntry> change) {
        InstanceEntry now = change.newValue();
        InstanceEntry before = change.oldValue();
        if (now != null) {
            put(region, change.key(), now);
        } else if (before != null) {
            Member member = catalog.find(before.instance().service(), change.key(), region);
            if (member != null) {
                switch (change.cause()) {
                    case EXPIRED -> suspect(member, "its lease has run out");
                    case LOST -> suspect(member, "the store has lost it");
                    case PUT, REMOVED -> remove(member, "deregistered");
                }
            }
        }
    }

    void onStatus(Region region, ReplicaStatus status) {
        if (status.everRead() && !region.started) {
            region.started = true;
            catalog.show();
        }
    }

    private void put(Region region, String key, InstanceEntry entry) {
        Member known = catalog.find(entry.instance().service(), key, region);
        if (known == null) {
            add(new Member(key, region, entry));
        } else {
            renew(known, entry);
        }
        registrations.seen(key, entry);
    }

    private void add(Member member) {
        member.region.members++;
        catalog.add(member);
        if (catalog.open(member.service()).isInUse()) {
            checks.start(member);
        }
        if (member.region.started) {
            announcements.registered(member.shown);
        }
        judge(member, "others' checks have failed");
    }

    private void renew(Member member, InstanceEntry entry) {
        boolean isAnother =
                entry.owner() != member.entry.owner() || !entry.instance().equals(member.entry.instance());
        member.entry = entry;
        clear(member);
        if (isAnother) {
            if (member.checked != null) {
                member.checked.forget();
            }
            member.down = false;
            checks.hurry(member, HURRY_BACK);
        }
        view.sees(member.key, isOurs(member) && member.down, false);
        stand(member, "registered");
    }

    private void clear(Member member) {
        if (member.suspect) {
            member.suspect = false;
            member.region.suspicions.remove(member);
        }
    }

    private void suspect(Member member, String reason) {
        if (member.suspect) {
            return;
        }
        member.suspect = true;
        Region region = member.region;
        boolean mass = region.suspicions.add(member, context.time().nanoTime(), region.members);
        if (member.down && removeUnlessLast(member, reason + ", and checks have failed")) {
            return;
        }
        regionsWithSuspects.add(region);
        planSweep();
        checks.hurry(member, mass ? HURRY_IN_MASS : Duration.ZERO);
        stand(member, reason);
    }

    private void remove(Member member, String reason) {
        clear(member);
        checks.stop(member);
        view.sees(member.key, false, false);
        member.region.members--;
        catalog.remove(member);
        announcements.removed(member.shown, reason);
    }

    /** Shows how an instance stands, and says so where that is news. */
    private void stand(Member member, String reason) {
        ServiceInstance before = member.shown;
        if (!member.show()) {
            return;
        }
        catalog.touch(catalog.open(member.service()));
        if (before.status() != member.shown.status()) {
            announcements.stands(member.shown, reason);
        }
    }

    // Who is gone.

    private void planSweep() {
        if (sweep == null && !closed) {
            sweep = context.scheduler().schedule(() -> turns.run(this::sweep), SWEEP);
        }
    }

    private void sweep() {
        sweep = null;
        long now = context.time().nanoTime();
        for (Region region : regionsWithSuspects) {
            region.suspicions.forEach(member -> {
                if (!isOurs(member) && region.watching.sayAlive(member)) {
                    region.suspicions.passed(member, now);
                }
            });
            for (Member member : region.suspicions.overdue(now)) {
                removeUnlessLast(member, "its lease has run out, and nothing was heard of it since");
            }
        }
        regionsWithSuspects.removeIf(region -> region.suspicions.isEmpty());
        if (!regionsWithSuspects.isEmpty()) {
            planSweep();
        }
    }

    private boolean removeUnlessLast(Member member, String reason) {
        if (catalog.open(member.service()).size() == 1) {
            return false;
        }
        remove(member, reason);
        return true;
    }

    // What checks say.

    /** Whether this process looks at an instance itself. */
    private boolean isOurs(Member member) {
        if (!member.region.isHome() || member.checked == null) {
            return false;
        }
        ReplicaStatus status = member.region.instances().status();
        boolean blind = !status.inStep() && status.age().compareTo(blindness) > 0;
        return blind || member.region.watching.isChosen(view.id(), view.number(), member);
    }

    @Override
    public void onChecked(Member member, Probe.Outcome outcome, InstanceHealth health) {
        Checked checked = member.checked;
        if (checked == null) {
            return;
        }
        long now = context.time().nanoTime();
        String failures = health.consecutiveFailures() + " checks have failed: " + outcome.detail();
        if (outcome.passed()) {
            member.region.suspicions.passed(member, now);
            if (checked.speaksForCalls) {
                catalog.open(member.service()).passed(member);
            }
        } else if (member.suspect
                && member.region.suspicions.isConfirmedByCheck(member, checked.down)
                && removeUnlessLast(member, "its lease has run out, and " + failures)) {
            return;
        }
        if (checked.isHopeless(now)) {
            deregister(member, failures);
        } else {
            judge(member, outcome.passed() ? "checks have passed" : failures);
        }
    }

    /** Lets the checks' word count: this process' own where it looks itself, else that of those who do. */
    private void judge(Member member, String reason) {
        Checked checked = member.checked;
        boolean ours = checked != null && isOurs(member);
        boolean down = ours ? checked.down : member.region.watching.sayDown(member);
        if (ours) {
            view.sees(member.key, down, member.suspect && !down && checked.hasPassed());
        } else {
            view.sees(member.key, false, false);
        }
        if (down
                && member.suspect
                && member.region.suspicions.isConfirmedByCheck(member, true)
                && removeUnlessLast(member, "its lease has run out, and " + reason)) {
            return;
        }
        member.down = down;
        stand(member, reason);
    }

    /** Takes one that has been down for long out of the store, or forgets it where the store has forgotten it. */
    private void deregister(Member member, String failures) {
        if (member.suspect) {
            remove(member, failures);
            return;
        }
        long version = member.region.instances().version(member.key);
        LOG.warn("[{}] instance {} is deregistered: {}", member.service(), member.shown.address(), failures);
        member.region
                .table()
                .apply(StateBatch.of(StateWrite.remove(member.key).ifVersion(version)))
                .whenComplete((written, failure) -> {
                    if (failure != null) {
                        LOG.warn("[{}] {} could not be deregistered: {}", member.service(), member, failure.toString());
                    }
                });
    }

    void onObservation(Region region, ReplicaChange<Observation> change) {
        Observation before = change.oldValue();
        Observation now = change.newValue();
        if (now != null) {
            region.watching.put(now);
        } else if (before != null) {
            region.watching.remove(before);
        }
        Set<String> services =
                difference(before == null ? Set.of() : before.services(), now == null ? Set.of() : now.services());
        services.forEach(service -> judgeAll(region, service));
        Set<String> keys = difference(before == null ? Set.of() : before.down(), now == null ? Set.of() : now.down());
        for (String key : keys) {
            Member member = catalog.find(InstanceEntries.service(key), key, region);
            if (member != null) {
                judge(member, member.down ? "others' checks have passed" : "others' checks have failed");
            }
        }
    }

    private void judgeAll(Region region, String name) {
        Service service = catalog.find(name);
        for (int i = service == null ? -1 : service.size() - 1; i >= 0; i--) {
            Member member = service.member(i);
            if (member.region == region) {
                judge(member, "others' checks say so");
            }
        }
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

    // Who wants to know.

    void subscribe(String name, Subscription subscription) {
        Service service = catalog.open(name);
        boolean isFirst = !service.isInUse();
        service.subscribe(subscription);
        if (isFirst && !closed) {
            view.uses(name, true);
            for (int i = 0; i < service.size(); i++) {
                checks.start(service.member(i));
            }
        }
        subscription.offer(service.view());
    }

    void unsubscribe(String name, Subscription subscription) {
        Service service = catalog.open(name);
        service.unsubscribe(subscription);
        if (service.isInUse()) {
            return;
        }
        view.uses(name, false);
        for (int i = service.size() - 1; i >= 0; i--) {
            checks.stop(service.member(i));
            judge(service.member(i), "nobody here asks for it any more");
        }
        catalog.touch(service);
    }

    void close() {
        closed = true;
        checks.close();
        if (sweep != null) {
            sweep.cancel();
        }
    }
}
