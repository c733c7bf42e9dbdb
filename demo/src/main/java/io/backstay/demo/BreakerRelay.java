package io.backstay.demo;

import io.backstay.EventListener;
import io.backstay.event.BreakerStateChanged;
import org.jspecify.annotations.Nullable;

/** Tells the step under way of each change of a breaker. Thread-safe. */
final class BreakerRelay implements EventListener<BreakerStateChanged> {

    private volatile @Nullable LoadGenerator load;

    /** From now on the steps of this load are told. */
    void tell(LoadGenerator generator) {
        load = generator;
    }

    @Override
    public void on(BreakerStateChanged change) {
        LoadGenerator told = load;
        if (told != null) {
            told.phase().changed(change);
        }
    }
}
