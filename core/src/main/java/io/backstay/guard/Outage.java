package io.backstay.guard;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps count of openings and recoveries. An outage begins when a closed breaker opens and ends when it closes, however often it
 * was half-open in between. Not thread-safe.
 */
final class Outage {

    private int timesOpened;
    private int openingsInARow;
    private long downSinceNanos;
    private int recoveries;
    private long recoveryNanos;

    /** The breaker opened; how many times in a row it now has without closing. */
    int open(long nowNanos) {
        if (!isDown()) {
            downSinceNanos = nowNanos;
        }
        timesOpened++;
        return ++openingsInARow;
    }

    /** The service is back. */
    void recover(long nowNanos) {
        if (isDown()) {
            recoveries++;
            recoveryNanos += nowNanos - downSinceNanos;
        }
        giveUp();
    }

    /** Whatever was going on is over without a recovery, as when somebody takes the breaker in hand. */
    void giveUp() {
        openingsInARow = 0;
    }

    void forget() {
        giveUp();
        timesOpened = 0;
        recoveries = 0;
        recoveryNanos = 0;
    }

    void restore(BreakerSnapshot snapshot, long nowNanos) {
        timesOpened = snapshot.timesOpened();
        openingsInARow = snapshot.openingsInARow();
        downSinceNanos = nowNanos - Nanos.of(snapshot.downFor());
    }

    private boolean isDown() {
        return openingsInARow > 0;
    }

    int timesOpened() {
        return timesOpened;
    }

    int openingsInARow() {
        return openingsInARow;
    }

    Duration downFor(long nowNanos) {
        return isDown() ? Duration.ofNanos(Math.max(0, nowNanos - downSinceNanos)) : Duration.ZERO;
    }

    @Nullable
    Duration meanTimeToRecovery() {
        return recoveries == 0 ? null : Duration.ofNanos(recoveryNanos / recoveries);
    }
}
