package io.backstay.registry;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import io.backstay.state.ReplicaChange;
import io.backstay.state.ReplicaStatus;
import java.time.Duration;

/**
 * Where all comes together that tells of instances, one thing after the other on the registry's serial executor:
 *
 * <ul>
 *   <li>entries of the store bring instances in, change them and take them out: {@link Membership};
 *   <li>leases that run out make them suspect: {@link LeaseExpiry};
 *   <li>checks, of this process ({@link Checks}) or of others ({@link CheckHandover}), say whether they are down: {@link CheckVerdicts};
 *       {@link CheckDuty} knows whose word counts;
 *   <li>whoever wants to know of a service has it checked: {@link ServicesInUse}.
 * </ul>
 */
final class Discovery implements Checks.Listener {

    /** How soon an instance is checked that has come back. */
    private static final Duration HURRY_BACK = Duration.ofSeconds(1);
    /** How many intervals of checks it takes to leave nothing to others that are not heard of. */
    private static final int INTERVALS_TO_BLINDNESS = 3;

    private final ProviderContext context;
    private final Catalog catalog;
    private final Registrations registrations;
    private final Checks checks;
    private final Membership membership;
    private final LeaseExpiry expiry;
    private final CheckVerdicts verdicts;
    private final CheckHandover handover;
    private final ServicesInUse inUse;

    /**
     * Nothing known yet.
     *
     * @param concurrency how many checks run at once
     */
    Discovery(
            ProviderContext context,
            SerialExecutor serial,
            Catalog catalog,
            Announcements announcements,
            Registrations registrations,
            OwnView view,
            Probes probes,
            int concurrency) {
        this.context = context;
        this.catalog = catalog;
        this.registrations = registrations;
        CheckDuty duty = new CheckDuty(view, probes.standard().interval().multipliedBy(INTERVALS_TO_BLINDNESS));
        this.checks = new Checks(context, serial, probes, concurrency, duty::isToLook, this);
        this.membership = new Membership(catalog, announcements, registrations, view, checks);
        this.expiry = new LeaseExpiry(context, serial, membership, checks, duty);
        this.verdicts = new CheckVerdicts(context, catalog, view, duty, membership);
        this.handover = new CheckHandover(context, serial, catalog, duty, verdicts);
        this.inUse = new ServicesInUse(context, serial, catalog, view, probes, checks, verdicts);
    }

    /** The checks that this process makes. */
    Checks checks() {
        return checks;
    }

    void onEntry(Region region, ReplicaChange<InstanceEntry> change) {
        InstanceEntry now = change.newValue();
        InstanceEntry before = change.oldValue();
        if (now != null) {
            put(region, change.key(), now);
        } else if (before != null) {
            Member member = catalog.find(before.instance().service(), change.key(), region);
            if (member != null) {
                switch (change.cause()) {
                    case EXPIRED -> expiry.suspect(member, "its lease has run out");
                    case LOST -> expiry.suspect(member, "the store has lost it");
                    case PUT, REMOVED -> membership.remove(member, "deregistered");
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
            Member member = new Member(key, region, entry);
            membership.add(member);
            if (member.down) {
                handover.begin(region, member.service());
            } else {
                verdicts.judge(member, "others' checks have failed");
            }
        } else {
            renew(known, entry);
        }
        registrations.seen(key, entry);
    }

    private void renew(Member member, InstanceEntry entry) {
        boolean hasMoved = !entry.instance().equals(member.entry.instance());
        boolean isAnother = hasMoved || entry.owner() != member.entry.owner();
        member.entry = entry;
        member.clearSuspicion();
        if (isAnother) {
            if (member.checked != null) {
                member.checked.forget();
            }
            member.down = false;
            checks.hurry(member, HURRY_BACK);
        }
        if (hasMoved) {
            membership.move(member);
        }
        verdicts.judge(member, "registered");
        if (hasMoved) {
            membership.touch(member);
        }
    }

    void onObservation(Region region, ReplicaChange<Observation> change) {
        handover.onObservation(region, change);
    }

    @Override
    public void onChecked(Member member, Probe.Outcome outcome, InstanceHealth health) {
        verdicts.checked(member, outcome, health);
    }

    @Override
    public void onLeftToOthers(Member member) {
        handover.onLeftToOthers(member);
    }

    void subscribe(String service, Subscription subscription) {
        inUse.subscribe(service, subscription);
    }

    void unsubscribe(String service, Subscription subscription) {
        inUse.unsubscribe(service, subscription);
    }

    void close() {
        checks.close();
        expiry.close();
        handover.close();
        inUse.close();
    }
}
