package io.backstay.guard;

import io.backstay.RetryBudgetPolicy;
import io.backstay.spi.TimeSource;
import java.util.concurrent.atomic.LongAdder;

/**
 * Keeps retries from multiplying an overload: each call of a service pays a little in, each retry takes a whole one out, and an
 * empty budget means no retry. Serves hedges in the same way, with a policy of its own. Thread-safe; nothing here allocates or waits
 * for more than another's decision. Counting a call is one atomic addition.
 *
 * <p>In any window of 9 to 10 seconds the withdrawals stay within {@code percent} of the calls in it plus {@code 10 x minPerSecond};
 * deposits and withdrawals expire alike. The shape and the defaults are those of Finagle's retry budget.
 */
public final class RetryBudget {

    /** What {@link #tryAcquire} gives in place of a permit. */
    public static final long REFUSED = BudgetWindow.REFUSED;

    private final TimeSource time;
    private final BudgetWindow window;
    private final LongAdder refused = new LongAdder();
    private volatile RetryBudgetPolicy policy;

    /** A budget with nothing but its floor. */
    public RetryBudget(RetryBudgetPolicy policy, TimeSource time) {
        this.policy = policy;
        this.time = time;
        this.window = new BudgetWindow(time.nanoTime());
    }

    /** A call was made, which is not itself a retry. */
    public void onCall() {
        onCall(time.nanoTime());
    }

    /** The same, at a reading of the budget's time source. */
    public void onCall(long nowNanos) {
        window.addCall(nowNanos);
    }

    /** Takes one retry out, without waiting. */
    public long tryAcquire() {
        return tryAcquire(time.nanoTime());
    }

    /**
     * Takes one retry out, without waiting.
     *
     * @param nowNanos a reading of the budget's time source
     * @return a permit, which is spent with the retry and needs no giving back, or {@link #REFUSED}
     */
    public long tryAcquire(long nowNanos) {
        long permit = window.tryTake(policy, nowNanos);
        if (permit == REFUSED) {
            refused.increment();
        }
        return permit;
    }

    /** Puts a permit back whose retry was never sent; once it has left the window, this does nothing. */
    public void giveBack(long permit) {
        giveBack(permit, time.nanoTime());
    }

    /** The same, at a reading of the budget's time source. */
    public void giveBack(long permit, long nowNanos) {
        if (permit != REFUSED) {
            window.undo(permit, nowNanos);
        }
    }

    /** Follows another policy from now on; the calls and withdrawals of the window stay. */
    public void update(RetryBudgetPolicy policy) {
        this.policy = policy;
    }

    /** The budget as it is now. */
    public RetryBudgetStatus status() {
        BudgetWindow.Sums sums = window.sums(time.nanoTime());
        double left = BudgetWindow.allowed(policy, sums.calls()) - sums.taken();
        return new RetryBudgetStatus(sums.calls(), sums.taken(), Math.max(0, (long) left), refused.sum());
    }

    @Override
    public String toString() {
        return "retry budget, " + status();
    }
}
