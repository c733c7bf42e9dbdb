package io.backstay.spi;

import io.backstay.BackstayEvent;
import io.backstay.EventListener;

/** What Backstay lends to an extension, beside what it lends to every provider. All parts are thread-safe. */
public interface ExtensionContext {

    /** Time, waiting, threads, chance and settings. */
    ProviderContext provider();

    /** Where processes share state; the memory of this process alone unless one is chosen. */
    StateStore stateStore();

    /** What calls go over, for requests of the extension's own, which no policy guards. */
    HttpTransport transport();

    /** Tells the listeners, as other events are told. */
    void publish(BackstayEvent event);

    /** Has a listener told of events of a type and of its subtypes, from now on. */
    <E extends BackstayEvent> void listen(Class<E> type, EventListener<? super E> listener);
}
