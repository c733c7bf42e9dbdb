package io.backstay.registry;

import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Which services somebody here wants to know of: the instances of these are checked, and this process' word on them counts once each has
 * been checked often enough. Used on the registry's serial executor only.
 */
final class ServicesInUse {

    private final ProviderContext context;
    private final SerialExecutor serial;
    private final Catalog catalog;
    private final OwnView view;
    private final Probes probes;
    private final Checks checks;
    private final CheckVerdicts verdicts;
    /** The services for which this process' word does not count yet. */
    private final Map<String, Cancellable> warming = new HashMap<>();

    private boolean closed;

    ServicesInUse(
            ProviderContext context,
            SerialExecutor serial,
            Catalog catalog,
            OwnView view,
            Probes probes,
            Checks checks,
            CheckVerdicts verdicts) {
        this.context = context;
        this.serial = serial;
        this.catalog = catalog;
        this.view = view;
        this.probes = probes;
        this.checks = checks;
        this.verdicts = verdicts;
    }

    void subscribe(String name, Subscription subscription) {
        Service service = catalog.open(name);
        boolean isFirst = !service.isInUse();
        service.subscribe(subscription);
        if (isFirst && !closed) {
            warmUp(name, probes.check(name));
            for (int i = 0; i < service.size(); i++) {
                checks.start(service.member(i));
            }
        }
        service.tell(subscription);
    }

    private void warmUp(String name, HealthCheck check) {
        if (check.kind() != HealthCheck.Kind.NONE) {
            Duration time = check.interval().multipliedBy(check.failuresToDown() + 2L);
            view.use(name);
            warming.put(name, context.scheduler().schedule(() -> serial.execute(() -> ready(name)), time));
        }
    }

    /** By now every instance has been checked often enough to know how it stands. */
    private void ready(String name) {
        if (warming.remove(name) != null) {
            view.ready(name);
            verdicts.judgeAll(catalog.open(name));
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
            verdicts.judge(service.member(i), "nobody here asks for it any more");
        }
        catalog.touch(service);
    }

    void close() {
        closed = true;
        warming.values().forEach(Cancellable::cancel);
    }
}
