package io.backstay.registry;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateWrite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes instances that have been down for long out of the store. Used on the registry's serial executor only. */
final class Deregistration {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");

    private final Catalog catalog;
    private final OwnView view;
    private final CheckDuty duty;

    Deregistration(Catalog catalog, OwnView view, CheckDuty duty) {
        this.catalog = catalog;
        this.view = view;
        this.duty = duty;
    }

    /**
     * Whether one that has been down for long is to leave the store: when this process' word counts, nobody else's whose word counts is
     * another, as far as is known now, and another instance of the service in the region is up. Who is cut off from a whole service removes
     * none of it.
     */
    boolean isDue(Member member) {
        return duty.decides(member)
                && !member.suspect
                && member.region.instances().status().inStep()
                && !member.region.watching.anyElseSaysUp(view, member)
                && catalog.open(member.service()).hasUpBeside(member);
    }

    /** Removes its entry, unless it has been registered again meanwhile. */
    void begin(Member member, String failures) {
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
}
