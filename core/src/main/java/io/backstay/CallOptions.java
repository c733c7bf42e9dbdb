package io.backstay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What one request sets of its own, beside the policy of its service. Immutable; made by {@link ServiceRequest}. */
public final class CallOptions {

    static final CallOptions NONE = new CallOptions(null, null, false, null, null, new int[0], List.of());

    private final @Nullable Duration deadline;
    private final @Nullable Duration attemptTimeout;
    private final boolean idempotent;
    private final @Nullable Priority priority;
    private final @Nullable String affinity;
    private final int[] acceptedStatuses;
    private final List<Fallback> fallbacks;

    private CallOptions(
            @Nullable Duration deadline,
            @Nullable Duration attemptTimeout,
            boolean idempotent,
            @Nullable Priority priority,
            @Nullable String affinity,
            int[] acceptedStatuses,
            List<Fallback> fallbacks) {
        this.deadline = deadline;
        this.attemptTimeout = attemptTimeout;
        this.idempotent = idempotent;
        this.priority = priority;
        this.affinity = affinity;
        this.acceptedStatuses = acceptedStatuses;
        this.fallbacks = fallbacks;
    }

    /** Total time of the call. */
    public Optional<Duration> deadline() {
        return Optional.ofNullable(deadline);
    }

    /** Time of each attempt. */
    public Optional<Duration> attemptTimeout() {
        return Optional.ofNullable(attemptTimeout);
    }

    /** Whether the request was said to be repeatable. */
    public boolean idempotent() {
        return idempotent;
    }

    /** How much the call matters. */
    public Optional<Priority> priority() {
        return Optional.ofNullable(priority);
    }

    /** What keeps the request together with others on an instance. */
    public Optional<String> affinity() {
        return Optional.ofNullable(affinity);
    }

    /** Whether this error status is an answer and not a failure. */
    public boolean accepts(int status) {
        for (int accepted : acceptedStatuses) {
            if (accepted == status) {
                return true;
            }
        }
        return false;
    }

    /** What may answer in place of the service, in order. */
    public List<Fallback> fallbacks() {
        return fallbacks;
    }

    CallOptions withDeadline(Duration time) {
        return new CallOptions(time, attemptTimeout, idempotent, priority, affinity, acceptedStatuses, fallbacks);
    }

    CallOptions withAttemptTimeout(Duration time) {
        return new CallOptions(deadline, time, idempotent, priority, affinity, acceptedStatuses, fallbacks);
    }

    CallOptions asIdempotent() {
        return new CallOptions(deadline, attemptTimeout, true, priority, affinity, acceptedStatuses, fallbacks);
    }

    CallOptions withPriority(Priority value) {
        return new CallOptions(deadline, attemptTimeout, idempotent, value, affinity, acceptedStatuses, fallbacks);
    }

    CallOptions withAffinity(String key) {
        return new CallOptions(deadline, attemptTimeout, idempotent, priority, key, acceptedStatuses, fallbacks);
    }

    CallOptions accepting(int[] statuses) {
        int[] all = Arrays.copyOf(acceptedStatuses, acceptedStatuses.length + statuses.length);
        System.arraycopy(statuses, 0, all, acceptedStatuses.length, statuses.length);
        return new CallOptions(deadline, attemptTimeout, idempotent, priority, affinity, all, fallbacks);
    }

    CallOptions with(Fallback fallback) {
        List<Fallback> more = new ArrayList<>(fallbacks);
        more.add(fallback);
        return new CallOptions(
                deadline, attemptTimeout, idempotent, priority, affinity, acceptedStatuses, List.copyOf(more));
    }
}
