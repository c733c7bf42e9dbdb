package io.backstay.internal;

import io.backstay.event.BackstayEvent;
import io.backstay.event.EventListener;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log and the listeners what happens. A listener that throws, whatever it throws, is logged and hurts nobody else. */
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.listener");

    private final List<Subscription<?>> subscriptions;

    Events(List<Subscription<?>> subscriptions) {
        this.subscriptions = List.copyOf(subscriptions);
    }

    /** Whether anybody would hear of each attempt; if not, such events need not be made. */
    boolean hearsAttempts() {
        return !subscriptions.isEmpty() || EventLog.writesAttempts();
    }

    void publish(BackstayEvent event) {
        EventLog.write(event);
        for (Subscription<?> subscription : subscriptions) {
            subscription.offer(event);
        }
    }

    /** A listener and what it wants to hear. */
    record Subscription<E extends BackstayEvent>(Class<E> type, EventListener<? super E> listener) {

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
