package io.backstay.internal;

import io.backstay.balance.Selection;
import io.backstay.spi.TransportCall;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What a call waits for at the moment, so that it can be ended from any thread. Whatever is said of a call that has been cancelled already
 * is ended at once. What its balancer asks of it stands below, so that no call needs an object of its own for that.
 */
abstract class Cancellable extends Selection {

    private volatile @Nullable TransportCall exchange;
    private volatile @Nullable Race race;
    private volatile @Nullable Future<?> waiting;
    private volatile @Nullable Future<?> loop;
    private volatile @Nullable ResponseStream stream;
    private volatile boolean cancelled;

    /** From now on {@link #cancel} ends this exchange. */
    final void exchanges(TransportCall next) {
        exchange = next;
        if (cancelled) {
            next.cancel();
        }
    }

    /** From now on {@link #cancel} ends these attempts. */
    final void races(@Nullable Race next) {
        race = next;
        if (cancelled && next != null) {
            next.cancel();
        }
    }

    /** From now on {@link #cancel} ends this wait before an attempt. */
    final void waitsFor(Future<?> next) {
        waiting = next;
        if (cancelled) {
            next.cancel(false);
        }
    }

    /** From now on {@link #cancel} ends this loop of attempts. */
    final void loops(Future<?> next) {
        loop = next;
        if (cancelled) {
            next.cancel(false);
        }
    }

    /** From now on the call lasts as long as this stream, and {@link #cancel} ends it. */
    final void streams(ResponseStream next) {
        stream = next;
        if (cancelled) {
            next.fail(Outcomes.cancelled("it was cancelled"));
        }
    }

    final boolean isStreaming() {
        return stream != null;
    }

    final boolean isCancelled() {
        return cancelled;
    }

    /** Ends the exchanges under way, and what is sent in them. */
    final void cancelExchange() {
        TransportCall running = exchange;
        if (running != null) {
            running.cancel();
        }
        Race several = race;
        if (several != null) {
            several.cancel();
        }
        closeBody();
    }

    /** Closes what is sent, where that is open. */
    abstract void closeBody();

    /** Ends the exchange under way, its stream, and the wait for the next. From any thread, any number of times. */
    final void cancel() {
        cancelled = true;
        cancel(loop);
        cancel(waiting);
        ResponseStream open = stream;
        if (open != null) {
            open.fail(Outcomes.cancelled("it was cancelled"));
        } else {
            cancelExchange();
        }
    }

    private static void cancel(@Nullable Future<?> future) {
        if (future != null) {
            future.cancel(false);
        }
    }
}
