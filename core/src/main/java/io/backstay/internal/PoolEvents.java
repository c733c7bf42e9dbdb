package io.backstay.internal;

import io.backstay.ServiceInstance;
import io.backstay.balance.PoolListener;
import io.backstay.event.InstanceDegrading;
import io.backstay.event.InstanceEjected;
import io.backstay.event.InstanceRestored;
import io.backstay.spi.TimeSource;
import java.time.Duration;

/** What a pool makes of its instances, as events. */
record PoolEvents(Events events, TimeSource time) implements PoolListener {

    @Override
    public void onEjected(ServiceInstance instance, String reason, Duration lasting, int times) {
        events.publish(new InstanceEjected(instance, time.now(), reason, lasting, times));
    }

    @Override
    public void onRestored(ServiceInstance instance, String reason) {
        events.publish(new InstanceRestored(instance, time.now(), reason));
    }

    @Override
    public void onDegrading(ServiceInstance instance, String reason) {
        events.publish(new InstanceDegrading(instance, time.now(), reason));
    }

    @Override
    public void onAvoided(ServiceInstance instance, String endpoint, Duration lasting) {
        EventLog.avoided(instance, endpoint, lasting);
    }
}
