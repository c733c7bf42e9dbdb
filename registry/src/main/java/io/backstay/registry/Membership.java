package io.backstay.registry;

import io.backstay.ServiceInstance;
import java.time.Duration;

/**
 * Takes instances in and out of the catalog, and shows and announces how they stand. Used on the registry's serial executor only.
 *
 * <p>Neither the last instance of a service nor one that is registered here goes because its lease has run out.
 */
final class Membership {

    private static final Duration FIRST_READING = Duration.ofSeconds(1);

    private final Catalog catalog;
    private final Announcements announcements;
    private final Registrations registrations;
    private final OwnView view;
    private final Checks checks;

    Membership(Catalog catalog, Announcements announcements, Registrations registrations, OwnView view, Checks checks) {
        this.catalog = catalog;
        this.announcements = announcements;
        this.registrations = registrations;
        this.view = view;
        this.checks = checks;
    }

    /** One that was down when it was removed, and comes back as it was, is down until its checks say otherwise. */
    void add(Member member) {
        member.region.members++;
        member.down = member.region.downAtRemoval.comesBack(member);
        member.show();
        catalog.add(member);
        touch(member);
        if (catalog.open(member.service()).isInUse()) {
            checks.start(member);
        }
        if (member.region.started) {
            announcements.registered(member.shown);
        }
    }

    /** Under its id it is at another address: who goes by addresses hears of one that has gone and of one that has come. */
    void move(Member member) {
        ServiceInstance before = member.shown;
        member.shown = member.entry.instance();
        if (member.region.started) {
            announcements.removed(before, "registered at another address");
            announcements.registered(member.shown);
        }
    }

    void remove(Member member, String reason) {
        member.clearSuspicion();
        member.region.downAtRemoval.removed(member);
        checks.stop(member);
        view.sees(member, false, false);
        member.region.members--;
        catalog.remove(member);
        touch(member);
        announcements.removed(member.shown, reason);
    }

    /** Removes one that is thought to be gone; false where it must stay. */
    boolean removeIfSpare(Member member, String reason) {
        if (catalog.open(member.service()).size() == 1 || registrations.has(member)) {
            return false;
        }
        remove(member, reason);
        return true;
    }

    /** Takes down whether one whose lease has run out answers checks all the same. */
    void noteAnswers(Member member, boolean answers) {
        boolean now = member.suspect && answers;
        if (member.answers != now) {
            member.answers = now;
            touch(member);
        }
    }

    /** Shows how an instance stands, and says so where that is news. */
    void stand(Member member, String reason) {
        ServiceInstance before = member.shown;
        if (!member.show()) {
            return;
        }
        touch(member);
        if (before.status() != member.shown.status()) {
            announcements.stands(member.shown, reason);
        }
    }

    /** Has its service shown anew. What is read for the first time is shown as a whole, lest a few get all calls meanwhile, unless that takes too long. */
    void touch(Member member) {
        Service service = catalog.open(member.service());
        if (member.region.started) {
            catalog.touch(service);
        } else {
            catalog.touch(service, FIRST_READING);
        }
    }
}
