package io.backstay.demo;

import io.backstay.spi.SystemTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits of the script and of a slow service. */
final class Waits {

    private static final Duration LOOK_EVERY = Duration.ofMillis(1);

    /** Nobody counts it down. */
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private Waits() {}

    /** Blocks for this long. */
    static void rest(Duration time) throws InterruptedException {
        NEVER.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Blocks until something holds, and says whether it did in time. */
    static boolean until(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        long start = SystemTime.shared().nanoTime();
        while (!condition.getAsBoolean()) {
            if (SystemTime.shared().nanoTime() - start > atMost.toNanos()) {
                return false;
            }
            rest(LOOK_EVERY);
        }
        return true;
    }
}
