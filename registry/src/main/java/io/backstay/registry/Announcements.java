package io.backstay.registry;

import io.backstay.BackstayEvent;
import io.backstay.ServiceInstance;
import io.backstay.event.InstanceDown;
import io.backstay.event.InstanceEvent;
import io.backstay.event.InstanceRegistered;
import io.backstay.event.InstanceRemoved;
import io.backstay.event.InstanceSuspect;
import io.backstay.event.InstanceUp;
import io.backstay.spi.TimeSource;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Tells the log and whoever listens what becomes known of instances. A listener that throws hurts nobody else. */
final class Announcements {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");

    private final Consumer<? super BackstayEvent> events;
    private final TimeSource time;

    Announcements(Consumer<? super BackstayEvent> events, TimeSource time) {
        this.events = events;
        this.time = time;
    }

    void registered(ServiceInstance instance) {
        tell(Level.INFO, "registered", new InstanceRegistered(instance, time.now()));
    }

    void removed(ServiceInstance instance, String reason) {
        tell(Level.INFO, "removed (" + reason + ")", new InstanceRemoved(instance, reason, time.now()));
    }

    /** How an instance stands now that stood otherwise. */
    void stands(ServiceInstance instance, String reason) {
        switch (instance.status()) {
            case UP -> tell(Level.INFO, "UP (" + reason + ")", new InstanceUp(instance, time.now()));
            case SUSPECT ->
                tell(Level.WARN, "SUSPECT (" + reason + ")", new InstanceSuspect(instance, reason, time.now()));
            case DOWN -> tell(Level.WARN, "DOWN (" + reason + ")", new InstanceDown(instance, reason, time.now()));
            case DRAINING -> log(Level.INFO, instance, "DRAINING (" + reason + ")");
        }
    }

    private void tell(Level level, String what, InstanceEvent event) {
        log(level, event.instance(), what);
        try {
            events.accept(event);
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "[{}] a listener of {} failed",
                    event.service(),
                    event.getClass().getSimpleName(),
                    e);
        }
    }

    private static void log(Level level, ServiceInstance instance, String what) {
        LOG.atLevel(level)
                .addKeyValue("service", instance.service())
                .addKeyValue("instance", instance.id())
                .log("[{}] instance {} {}", instance.service(), instance.address(), what);
    }
}
