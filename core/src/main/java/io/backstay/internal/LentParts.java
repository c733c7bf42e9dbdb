package io.backstay.internal;

import io.backstay.BackstayEvent;
import io.backstay.EventListener;
import io.backstay.spi.ExtensionContext;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;

/** What extensions are lent. */
record LentParts(ProviderContext provider, StateStore stateStore, HttpTransport transport, Events events)
        implements ExtensionContext {

    @Override
    public void publish(BackstayEvent event) {
        events.publish(event);
    }

    @Override
    public <E extends BackstayEvent> void listen(Class<E> type, EventListener<? super E> listener) {
        events.add(new Events.Subscription<>(type, listener));
    }
}
