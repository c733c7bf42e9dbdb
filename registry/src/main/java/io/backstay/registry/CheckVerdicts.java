package io.backstay.registry;

import io.backstay.spi.ProviderContext;

/**
 * Makes of what checks have found whether an instance is down: of this process' own checks where its word counts, else of what others
 * publish. Used on the registry's serial executor only.
 */
final class CheckVerdicts {

    private final ProviderContext context;
    private final Catalog catalog;
    private final OwnView view;
    private final CheckDuty duty;
    private final Membership membership;
    private final Deregistration deregistration;

    CheckVerdicts(ProviderContext context, Catalog catalog, OwnView view, CheckDuty duty, Membership membership) {
        this.context = context;
        this.catalog = catalog;
        this.view = view;
        this.duty = duty;
        this.membership = membership;
        this.deregistration = new Deregistration(catalog, view, duty);
    }

    /** A check of this process has ended. */
    void checked(Member member, Probe.Outcome outcome, InstanceHealth health) {
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
        } else if (removeIfConfirmed(member, checked.down, failures)) {
            return;
        }
        if (checked.isHopeless(now) && deregistration.isDue(member)) {
            deregistration.begin(member, failures);
        } else {
            judge(member, outcome.passed() ? "checks have passed" : failures);
        }
    }

    void judgeAll(Service service) {
        for (int i = service.size() - 1; i >= 0; i--) {
            judge(service.member(i), "other checks say so");
        }
    }

    /** Lets the checks' word count: this process' own, or that of others. */
    void judge(Member member, String reason) {
        Checked checked = member.checked;
        boolean own = checked != null && duty.decides(member);
        if (checked != null) {
            takeOver(member, checked, own);
            boolean looks = duty.isToLook(member);
            view.sees(member, looks && checked.down, looks && member.suspect && checked.hasPassed());
        }
        boolean down = (own && checked != null) ? checked.down : member.region.watching.sayDown(member);
        if (down && removeIfConfirmed(member, /* down= */ true, reason)) {
            return;
        }
        member.down = down;
        membership.stand(member, reason);
    }

    /** Its own word begins with what the others' was, so that an instance stands as it stood while the checks change hands. */
    private void takeOver(Member member, Checked checked, boolean own) {
        if (own && !checked.counts) {
            checked.inherit(member.down, context.time().nanoTime());
        }
        checked.counts = own;
    }

    /** Removes one whose lease has run out when failed checks confirm that it is gone; false where it stays. */
    private boolean removeIfConfirmed(Member member, boolean down, String reason) {
        return member.suspect
                && member.region.suspicions.isConfirmedByCheck(member, down)
                && membership.removeIfSpare(member, "its lease has run out, and " + reason);
    }
}
