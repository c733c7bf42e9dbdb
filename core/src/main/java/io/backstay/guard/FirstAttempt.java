package io.backstay.guard;

import io.backstay.CallContext;
import io.backstay.Priority;

/**
 * A blocking call that needs neither timers nor tokens makes its first attempt here, without an object of its own: a success costs
 * its permits and two readings of the clock. What comes after a failure is for {@link BlockingAttempts}, as is all of any other call.
 */
final class FirstAttempt {

    private FirstAttempt() {}

    /** Runs the code; what it ends with other than a value is for the caller to make something of. */
    static <T> T run(Guard guard, GuardParts parts, Guard.Code<? extends T, ?> code) throws FailedCall {
        CallContext ambient = CallContext.current();
        long start = guard.clocks.time().nanoTime();
        if (!parts.isPlain || ambient.deadline().isPresent()) {
            return BlockingAttempts.run(new GuardedCall(guard, parts, ambient, start), code);
        }
        if (parts.isRefusing(start)) {
            throw refusedByBreaker(guard, parts, ambient, start);
        }
        long place = parts.takePlace(ambient.priority().orElse(Priority.NORMAL), start);
        if (place == ConcurrencyLimit.REFUSED) {
            GuardedCall refused = new GuardedCall(guard, parts, ambient, start);
            throw new FailedCall(refused, GuardFailures.refusedByConcurrency(refused));
        }
        long permit = parts.takePermit(start);
        if (permit == CircuitBreaker.REFUSED) {
            parts.leavePlace(place);
            throw refusedByBreaker(guard, parts, ambient, start);
        }
        parts.pay(start);
        T value;
        try {
            value = code.run();
        } catch (Throwable failure) {
            GuardedCall call = new GuardedCall(guard, parts, ambient, start).adopt(place, permit);
            return BlockingAttempts.recover(call, failure, code);
        }
        parts.succeed(place, permit, guard.clocks.time().nanoTime());
        return value;
    }

    private static FailedCall refusedByBreaker(Guard guard, GuardParts parts, CallContext ambient, long start) {
        GuardedCall call = new GuardedCall(guard, parts, ambient, start);
        return new FailedCall(call, GuardFailures.refusedByBreaker(call, start));
    }
}
