package io.backstay.guard;

import io.backstay.Priority;
import java.time.Duration;
import java.util.Map;

/**
 * A concurrency limit as it stood at one moment.
 *
 * @param limit how many may run at once
 * @param inFlight how many permits are out
 * @param waiting how many callers wait for one
 * @param refused how many got none since the beginning
 * @param idleLatency the latency without load, as an adaptive limit knows it; zero where none is known
 * @param priorities the same by priority
 */
public record ConcurrencyStatus(
        int limit,
        int inFlight,
        int waiting,
        long refused,
        Duration idleLatency,
        Map<Priority, ConcurrencyStatus.OfPriority> priorities) {

    /** What holds for one priority. */
    public OfPriority of(Priority priority) {
        OfPriority found = priorities.get(priority);
        return found == null ? new OfPriority(0, 0, 0, 0) : found;
    }

    /**
     * One priority's part.
     *
     * @param promised how many permits are kept for it
     * @param inFlight how many it has out
     * @param waiting how many wait for one
     * @param refused how many got none since the beginning
     */
    public record OfPriority(int promised, int inFlight, int waiting, long refused) {}
}
