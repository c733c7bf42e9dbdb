package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateWrite;
import io.backstay.state.ReplicaChange;
import io.backstay.state.ReplicaStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of instances: by the store, by their leases, by checks. The one place where these come together. Everything here runs in
 * turns.
 *
 * <p>An entry that was removed is gone. One whose lease has run out, or that the store has lost, is suspect at once; it goes when that is
 * confirmed, see {@link Suspicions}, but neither the last instance of a service nor one that is registered here goes by that.
 */
@SuppressWarnings("OperatorPrecedence")
final class Discovery implements Checks.Listener {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final Duration FIRST_READING = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofSeconds(1);
    /** How soon those are checked that many others are suspect with. */
    private static final Duration HURRY_IN_MASS = Duration.ofSeconds(2);
    /** How long who takes checks over has to say how things stand. */
    private static final Duration HANDING = Duration.ofSeconds(2);
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
    /** The services in use for which this process' word does not count yet. */
    private final Map<String, Cancellable> warming = new HashMap<>();
    /** The services whose checks are changing hands. */
    private final Set<Service> handing = new HashSet<>();

    private @Nullable Cancellable sweep;
    private @Nullable Cancellable handingEnd;
    private boolean closed;

    /**
     * Nothing known yet.
     *
     * @param check how instances are checked where nothing else is said
     */
    Discovery(
            ProviderContext context,
            Turns turns,
            Catalog catalog,
            Announcements announcements,
            OwnView view,
            Registrations registrations,
            Checks.Maker checks,
            HealthCheck check) {
        this.context = context;
        this.turns = turns;
        this.catalog = catalog;
        this.announcements = announcements;
        this.view = view;
        this.registrations = registrations;
        this.checks = checks.make(this::isToLook, this);
        this.blindness = check.interval().multipliedBy(3);
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
        if (status.inStep()) {
            region.suspicions.beginAnew(context.time().nanoTime());
        }
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
        touch(member);
        if (catalog.open(member.service()).isInUse()) {
            checks.start(member);
        }
        if (member.region.started) {
            announcements.registered(member.shown);
        }
        judge(member, "others' checks have failed");
    }

    private void renew(Member member, InstanceEntry entry) {
        boolean hasMoved = !entry.instance().equals(member.entry.instance());
        boolean isAnother = hasMoved || entry.owner() != member.entry.owner();
        member.entry = entry;
        clear(member);
        if (isAnother) {
            if (member.checked != null) {
                member.checked.forget();
            }
            member.down = false;
            checks.hurry(member, HURRY_BACK);
        }
        if (hasMoved) {
            move(member);
        }
        judge(member, "registered");
        if (hasMoved) {
            touch(member);
        }
    }

    /** Under its id it is at another address: who goes by addresses hears of one that has gone and of one that has come. */
    private void move(Member member) {
        ServiceInstance before = member.shown;
        member.shown = member.entry.instance();
        if (member.region.started) {
            announcements.removed(before, "registered at another address");
            announcements.registered(member.shown);
        }
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
        if (member.down && removeIfSpare(member, reason + ", and checks have failed")) {
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
        touch(member);
        announcements.removed(member.shown, reason);
    }

    /** What is read for the first time is shown as a whole, lest a few get all calls meanwhile, unless that takes too long. */
    private void touch(Member member) {
        Service service = catalog.open(member.service());
        if (member.region.started) {
            catalog.touch(service);
        } else {
            catalog.touch(service, FIRST_READING);
        }
    }

    /** Shows how an instance stands, and says so where that is news. */
    private void stand(Member member, String reason) {
        ServiceInstance before = member.shown;
        if (!member.show()) {
            return;
        }
        touch(member);
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
                if (!isToLook(member) && region.watching.sayAlive(member)) {
                    region.suspicions.passed(member, now);
                }
            });
            // Who does not hear the store cannot know whom it has heard of since.
            List<Member> overdue = region.instances().status().inStep() ? region.suspicions.overdue(now) : List.of();
            for (Member member : overdue) {
                removeIfSpare(member, "its lease has run out, and nothing was heard of it since");
            }
        }
        regionsWithSuspects.removeIf(region -> region.suspicions.isEmpty());
        if (!regionsWithSuspects.isEmpty()) {
            planSweep();
        }
    }

    private boolean removeIfSpare(Member member, String reason) {
        if (catalog.open(member.service()).size() == 1 || registrations.has(member)) {
            return false;
        }
        remove(member, reason);
        return true;
    }

    // What checks say.

    /** Whether this process looks at an instance itself. */
    private boolean isToLook(Member member) {
        return isOurs(member) && (isBlind(member.region) || member.region.watching.isToLook(view, member));
    }

    private static boolean isOurs(Member member) {
        return member.region.isHome() && member.checked != null;
    }

    /** Who has not heard of the others for long cannot leave anything to them. */
    private boolean isBlind(Region region) {
        ReplicaStatus status = region.instances().status();
        return !status.inStep() && status.age().compareTo(blindness) > 0;
    }

    /** Whether its own word counts here, rather than that of others. */
    private boolean decides(Member member) {
        Region region = member.region;
        return isOurs(member)
                && (isBlind(region)
                        || region.watching.counts(view, member)
                        || !region.watching.hasOthers(view, member.service()));
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
            if (checked.isByHttp()) {
                catalog.open(member.service()).passed(member);
            }
        } else if (member.suspect
                && member.region.suspicions.isConfirmedByCheck(member, checked.down)
                && removeIfSpare(member, "its lease has run out, and " + failures)) {
            return;
        }
        if (checked.isHopeless(now) && isToGo(member)) {
            deregister(member, failures);
        } else {
            judge(member, outcome.passed() ? "checks have passed" : failures);
        }
    }

    /** Lets the checks' word count: this process' own, or that of others. */
    private void judge(Member member, String reason) {
        Checked checked = member.checked;
        boolean own = checked != null && decides(member);
        if (checked != null) {
            takeOver(member, checked, own);
            boolean looks = isToLook(member);
            view.sees(member.key, looks && checked.down, looks && member.suspect && checked.hasPassed());
        }
        boolean down = own && checked != null ? checked.down : member.region.watching.sayDown(member);
        if (down
                && member.suspect
                && member.region.suspicions.isConfirmedByCheck(member, true)
                && removeIfSpare(member, "its lease has run out, and " + reason)) {
            return;
        }
        member.down = down;
        stand(member, reason);
    }

    /** Its own word begins with what the others' was, so that an instance stands as it stood while the checks change hands. */
    private void takeOver(Member member, Checked checked, boolean own) {
        if (own && !checked.counts) {
            checked.inherit(member.down, context.time().nanoTime());
        }
        checked.counts = own;
    }

    /**
     * Whether one that has been down for long is to leave the store: when this process' word counts, nobody else's whose word counts is
     * another, as far as is known now, and another instance of the service in the region is up. Who is cut off from a whole service removes none of it.
     */
    private boolean isToGo(Member member) {
        return decides(member)
                && !member.suspect
                && member.region.instances().status().inStep()
                && !member.region.watching.anyElseSaysUp(view, member)
                && catalog.open(member.service()).hasUpBeside(member);
    }

    /** Takes one that has been down for long out of the store. */
    private void deregister(Member member, String failures) {
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
        Observation before = change.oldValue() == null ? Observation.NONE : change.oldValue();
        Observation now = change.newValue() == null ? Observation.NONE : change.newValue();
        if (change.newValue() != null) {
            region.watching.put(now);
        } else {
            region.watching.remove(before);
        }
        Set<String> services = difference(before.services(), now.services());
        services.addAll(difference(before.ready(), now.ready()));
        services.forEach(service -> changeHands(region, service));
        for (String key : difference(before.down(), now.down())) {
            Member member = catalog.find(InstanceEntries.service(key), key, region);
            if (member != null && !handsChange(member)) {
                judge(member, member.down ? "others' checks have passed" : "others' checks have failed");
            }
        }
    }

    /**
     * Others look at the instances of a service from now on. Who takes over goes on at once from how they stand; for all others they stand
     * as they do until the new ones have had time to say so.
     */
    private void changeHands(Region region, String name) {
        Service service = catalog.find(name);
        if (service == null) {
            return;
        }
        handing.add(service);
        for (int i = service.size() - 1; i >= 0; i--) {
            Member member = service.member(i);
            if (member.region == region && decides(member)) {
                judge(member, "checks changed hands");
            }
        }
        if (handingEnd == null && !closed) {
            handingEnd = context.scheduler().schedule(() -> turns.run(this::endHanding), HANDING);
        }
    }

    private boolean handsChange(Member member) {
        return !handing.isEmpty() && handing.contains(catalog.open(member.service()));
    }

    private void endHanding() {
        handingEnd = null;
        List<Service> handed = List.copyOf(handing);
        handing.clear();
        handed.forEach(this::judgeAll);
    }

    private void judgeAll(Service service) {
        for (int i = service.size() - 1; i >= 0; i--) {
            judge(service.member(i), "other checks say so");
        }
    }

    @Override
    public void onLeftToOthers(Member member) {
        if (!handsChange(member)) {
            judge(member, "others' checks say so");
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
            warmUp(name, checks.of(name));
            for (int i = 0; i < service.size(); i++) {
                checks.start(service.member(i));
            }
        }
        subscription.offer(service.view());
    }

    private void warmUp(String name, HealthCheck check) {
        if (check.kind() != HealthCheck.Kind.NONE) {
            Duration time = check.interval().multipliedBy(check.failuresToDown() + 2L);
            view.use(name);
            warming.put(name, context.scheduler().schedule(() -> turns.run(() -> ready(name)), time));
        }
    }

    /** By now every instance has been checked often enough to know how it stands. */
    private void ready(String name) {
        if (warming.remove(name) != null) {
            view.ready(name);
            judgeAll(catalog.open(name));
        }
    }

    void unsubscribe(String name, Subscription subscription) {
        Service service = catalog.open(name);
        service.unsubscribe(subscription);
        if (service.isInUse()) {
            return;
        }
        view.useNoLonger(name);
        Cancellable warm = warming.remove(name);
        if (warm != null) {
            warm.cancel();
        }
        for (int i = service.size() - 1; i >= 0; i--) {
            checks.stop(service.member(i));
            judge(service.member(i), "nobody here asks for it any more");
        }
        catalog.touch(service);
    }

    void close() {
        closed = true;
        checks.close();
        warming.values().forEach(Cancellable::cancel);
        for (Cancellable timer : new Cancellable[] {sweep, handingEnd}) {
            if (timer != null) {
                timer.cancel();
            }
        }
    }
}
