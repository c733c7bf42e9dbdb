package io.backstay.guard;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;

/** What a guard lives on: where it reads time, leaves tasks for later, waits and finds chance. */
record GuardClocks(TimeSource time, DelayScheduler scheduler, Waiter waiter, RandomSource random) {

    static GuardClocks ofMachine() {
        SystemTime system = SystemTime.shared();
        return new GuardClocks(system, system, system, RandomSource.system());
    }
}
