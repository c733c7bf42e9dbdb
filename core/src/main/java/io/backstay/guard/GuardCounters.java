package io.backstay.guard;

import java.util.concurrent.atomic.LongAdder;

/** What a guard counts beside its parts. Successes are not among it: they are all the calls that cost nothing more. */
final class GuardCounters {

    final LongAdder failed = new LongAdder();
    final LongAdder timedOut = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder fallbacks = new LongAdder();
}
