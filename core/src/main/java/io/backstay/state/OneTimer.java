package io.backstay.state;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.SerialExecutor;
import org.jspecify.annotations.Nullable;

/** A timer that is set for one thing at a time, which then happens on a {@link SerialExecutor}. To be used from there alone. */
final class OneTimer {

    private final StateClocks clocks;
    private final SerialExecutor serial;
    private DelayScheduler.@Nullable Cancellable timer;
    /** Tells a timer that was set anew from one that was called off too late. */
    private long number;

    OneTimer(StateClocks clocks, SerialExecutor serial) {
        this.clocks = clocks;
        this.serial = serial;
    }

    void set(Runnable task, long nanos) {
        cancel();
        long mine = number;
        timer = clocks.schedule(
                () -> serial.execute(() -> {
                    if (mine == number) {
                        task.run();
                    }
                }),
                nanos);
    }

    void cancel() {
        number++;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
