package io.backstay;

/**
 * Is told what happens, on the thread where it happens and under the caller's context: it must be quick. What it throws is
 * logged and goes no further. Thread-safe.
 *
 * @param <E> which events
 */
@FunctionalInterface
public interface EventListener<E extends BackstayEvent> {

    /** Something happened. */
    void on(E event);
}
