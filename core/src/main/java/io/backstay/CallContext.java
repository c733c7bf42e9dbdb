package io.backstay;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What belongs to the work in hand and goes along with every call made for it: correlation id, deadline, caller and
 * priority. One is current on each thread ({@link #current()}); the inbound filter sets it, the engine hands it on to
 * every thread that runs the user's code. Immutable and thread-safe.
 *
 * <p>To take it to a thread of your own, use {@link ContextSnapshot#capture()}.
 */
public final class CallContext {

    /** The key of the correlation id in SLF4J's MDC. */
    public static final String MDC_CORRELATION_ID = "correlationId";

    private static final CallContext EMPTY = new CallContext(null, null, null, null);
    private static final ThreadLocal<@Nullable CallContext> CURRENT = new ThreadLocal<>();

    private final @Nullable String correlationId;
    private final @Nullable Deadline deadline;
    private final @Nullable CallerIdentity caller;
    private final @Nullable Priority priority;

    private CallContext(
            @Nullable String correlationId,
            @Nullable Deadline deadline,
            @Nullable CallerIdentity caller,
            @Nullable Priority priority) {
        this.correlationId = correlationId;
        this.deadline = deadline;
        this.caller = caller;
        this.priority = priority;
    }

    /** The context of this thread; empty when none was opened. */
    public static CallContext current() {
        CallContext current = CURRENT.get();
        return current == null ? EMPTY : current;
    }

    /** A context that says nothing. */
    public static CallContext empty() {
        return EMPTY;
    }

    /** What ties together all log lines and calls of one piece of work. */
    public Optional<String> correlationId() {
        return Optional.ofNullable(correlationId);
    }

    /** By when the work in hand must be done. */
    public Optional<Deadline> deadline() {
        return Optional.ofNullable(deadline);
    }

    /** On whose behalf the work is done. */
    public Optional<CallerIdentity> caller() {
        return Optional.ofNullable(caller);
    }

    /** How much the work matters. */
    public Optional<Priority> priority() {
        return Optional.ofNullable(priority);
    }

    /** A copy for one call made in this context: with its id and deadline, and its priority where it has one of its own. */
    public CallContext forCall(String id, Deadline limit, @Nullable Priority own) {
        return new CallContext(id, limit, caller, own == null ? priority : own);
    }

    /**
     * A copy with this correlation id.
     *
     * @throws IllegalArgumentException unless it is 1 to 128 visible ASCII characters, since it goes into logs and header fields
     */
    public CallContext withCorrelationId(String id) {
        if (!CorrelationIds.isSafe(id)) {
            throw new IllegalArgumentException("a correlation id must be 1 to 128 visible ASCII characters");
        }
        return new CallContext(id, deadline, caller, priority);
    }

    /** A copy with this deadline, or with the one it has where that is earlier. */
    public CallContext withDeadline(Deadline limit) {
        return new CallContext(correlationId, limit.earlierOf(deadline), caller, priority);
    }

    /** A copy with this caller. */
    public CallContext withCaller(CallerIdentity identity) {
        return new CallContext(correlationId, deadline, identity, priority);
    }

    /** A copy with this priority. */
    public CallContext withPriority(Priority value) {
        return new CallContext(correlationId, deadline, caller, value);
    }

    /**
     * Makes this the current context of the thread, and its correlation id the one in the MDC, until the scope is closed
     * on the same thread.
     */
    public Scope open() {
        CallContext before = CURRENT.get();
        CURRENT.set(this);
        String idBefore = MDC.get(MDC_CORRELATION_ID);
        boolean changesId = !Objects.equals(idBefore, correlationId);
        if (changesId) {
            setMdcId(correlationId);
        }
        return new Scope(before, changesId, idBefore);
    }

    private static void setMdcId(@Nullable String id) {
        if (id == null) {
            MDC.remove(MDC_CORRELATION_ID);
        } else {
            MDC.put(MDC_CORRELATION_ID, id);
        }
    }

    @Override
    public String toString() {
        return "CallContext[correlationId=" + correlationId + ", deadline=" + deadline + ", caller=" + caller
                + ", priority=" + priority + "]";
    }

    /** Until closed, a context is current. Close it on the thread that opened it, in reverse order. */
    public static final class Scope implements AutoCloseable {

        private final @Nullable CallContext before;
        private final boolean restoresId;
        private final @Nullable String idBefore;

        private Scope(@Nullable CallContext before, boolean restoresId, @Nullable String idBefore) {
            this.before = before;
            this.restoresId = restoresId;
            this.idBefore = idBefore;
        }

        @Override
        public void close() {
            CURRENT.set(before);
            if (restoresId) {
                setMdcId(idBefore);
            }
        }
    }
}
