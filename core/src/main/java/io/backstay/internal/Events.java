package io.backstay.internal;

import io.backstay.BackstayEvent;
import io.backstay.EventListener;
import io.backstay.event.CallEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log and the listeners what happens. A listener that throws, whatever it throws, is logged and hurts nobody else. */
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.listener");

    private final List<Subscription<?>> subscriptions;
    private volatile boolean tellsOfCalls;

    Events(List<Subscription<?>> subscriptions) {
        this.subscriptions = new CopyOnWriteArrayList<>(subscriptions);
        this.tellsOfCalls = subscriptions.stream().anyMatch(Subscription::wantsCalls);
    }

    /** One more listener, from now on. */
    void add(Subscription<?> subscription) {
        subscriptions.add(subscription);
        tellsOfCalls |= subscription.wantsCalls();
    }

    /** Whether anybody would hear of each call and attempt; if not, such events need not be made. */
    boolean hearsCalls() {
        return tellsOfCalls || EventLog.writesAttempts();
    }

    void publish(BackstayEvent event) {
        EventLog.write(event);
        for (Subscription<?> subscription : subscriptions) {
            subscription.offer(event);
        }
    }

    /** A listener and what it wants to hear. */
    record Subscription<E extends BackstayEvent>(Class<E> type, EventListener<? super E> listener) {

        boolean wantsCalls() {
            return type.isAssignableFrom(CallEvent.class) || CallEvent.class.isAssignableFrom(type);
        }

        void offer(BackstayEvent event) {
            if (!type.isInstance(event)) {
                return;
            }
            try {
                listener.on(type.cast(event));
            } catch (RuntimeException | Error e) {
                LOG.error("[{}] a listener of {} failed", event.service(), type.getSimpleName(), e);
            }
        }
    }
}
