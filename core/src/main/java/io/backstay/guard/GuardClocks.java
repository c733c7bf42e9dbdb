package io.backstay.guard;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import io.backstay.spi.UnseenFailures;
import io.backstay.spi.Waiter;

/** What a guard lives on: where it reads time, leaves tasks for later, waits, finds chance and leaves failures that nobody looks at. */
record GuardClocks(
        TimeSource time, DelayScheduler scheduler, Waiter waiter, RandomSource random, UnseenFailures unseen) {

    GuardClocks(TimeSource time, DelayScheduler scheduler, Waiter waiter, RandomSource random) {
        this(time, scheduler, waiter, random, new UnseenFailures(time, scheduler));
    }

    static GuardClocks ofMachine() {
        SystemTime system = SystemTime.shared();
        return new GuardClocks(system, system, system, RandomSource.system());
    }
}
