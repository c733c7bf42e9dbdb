package io.backstay.internal;

import io.backstay.CallContext;
import io.backstay.CallDetails;
import io.backstay.CallPolicy;
import io.backstay.ContextSnapshot;
import io.backstay.Deadline;
import io.backstay.Headers;
import io.backstay.Priority;
import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import io.backstay.ServiceResponse;
import io.backstay.StreamedResponse;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.guard.RetryBudget;
import io.backstay.spi.RandomSource;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way through the engine. Its steps follow one another, each seeing what the one before wrote; only
 * {@link #cancel} comes from elsewhere, to what {@link Cancellable} keeps.
 */
final class Call extends Cancellable implements ServiceResponse.Decoder {

    static final long NO_RETRY = -1;

    private static final AtomicLongFieldUpdater<Call> BREAKER_PERMIT =
            AtomicLongFieldUpdater.newUpdater(Call.class, "breakerPermit");

    final ServiceState service;
    final ServiceGuards guards;
    final CallPolicy policy;
    /** Of the service or of the endpoint; null where there is none. */
    final @Nullable CircuitBreaker breaker;

    final Bodies bodies;
    final Type type;
    final String correlationId;
    /** What held for the work that made the call. */
    final CallContext ambient;
    /** The same with this call's id, deadline and priority: interceptors and attempts run under it. */
    final CallContext context;

    final Priority priority;
    final long startNanos;
    /** When its first attempt may begin: later than its start where it had to wait. */
    long admittedNanos;

    ServiceRequest request;
    /** How many call interceptors have seen the request go. */
    int intercepted;

    Deadline deadline;
    byte @Nullable [] body;
    /** In place of octets. */
    @Nullable
    SentBody sentBody;
    /** Whether nobody but the caller ever sees the response, so that its octets need no copy. */
    boolean givesOctets;
    /** Whether its result was handed over. */
    boolean ended;

    String target = "";
    Headers headers = Headers.empty();

    /** Read by its updater. */
    @SuppressWarnings("UnusedVariable")
    private volatile long breakerPermit = CircuitBreaker.REFUSED;

    /** Whether the permit was taken for an attempt that has not begun. */
    private boolean hasUnusedBreakerPermit;

    /** Whether the call waits, or has waited, for its next attempt, and the breaker is to be asked again before that. */
    private boolean awaitsAttempt;

    private volatile boolean left;

    /** Of the service's concurrency limit. */
    long concurrencyPermit = ConcurrencyLimit.REFUSED;
    /** Of the retry budget, for the retry that comes next. */
    long retryPermit = RetryBudget.REFUSED;
    /** Whether there is a token for the next attempt that no attempt has used yet. */
    boolean hasRateToken;

    /** How many attempts there were, hedges among them. */
    int attempts;

    int hedges;

    @Nullable
    ServiceInstance instance;

    @Nullable
    Outcome outcome;

    /** The attempt whose answer is streamed, where that is the outcome. */
    @Nullable
    volatile Attempt streaming;

    boolean mayHaveReachedServer;
    /** Whether an attempt that had all the time that the policy gives has timed out, and not only one cut short by the caller. */
    boolean timedOutFairly;

    long endNanos;
    /** How long to wait for the next attempt, or {@link #NO_RETRY}. */
    long retryNanos = NO_RETRY;

    private long lastBackoffNanos;
    private @Nullable List<ServiceInstance> tried;
    private @Nullable ContextSnapshot snapshot;

    Call(
            ServiceState service,
            Bodies bodies,
            ServiceRequest request,
            Type type,
            CallContext ambient,
            String correlationId,
            Deadline deadline,
            long startNanos) {
        this.service = service;
        this.bodies = bodies;
        this.guards = service.guards();
        this.policy = guards.policy();
        this.breaker = guards.breakerFor(request);
        this.request = request;
        this.type = type;
        this.ambient = ambient;
        this.correlationId = correlationId;
        this.deadline = deadline;
        this.context = ambient.forCall(
                correlationId, deadline, request.options().priority().orElse(null));
        this.priority = context.priority().orElse(Priority.NORMAL);
        this.startNanos = startNanos;
        this.admittedNanos = startNanos;
        this.endNanos = startNanos;
    }

    /** The ambient context with the correlation id alone: fallbacks and stages of the future run under it. */
    CallContext callerContext() {
        return ambient.withCorrelationId(correlationId);
    }

    /** The breaker's permit, which from now on is the taker's; refused where there is none any more. */
    long takeBreakerPermit() {
        return BREAKER_PERMIT.getAndSet(this, CircuitBreaker.REFUSED);
    }

    /** Gives the call a permit of its breaker to keep, unless it has ended meanwhile. */
    void keepBreakerPermit(long permit) {
        breakerPermit = permit;
        if (left) {
            ignoreBreakerPermit();
        }
    }

    /** From now on the call is not on its way as far as its breaker is concerned: what it waits for is no slowness of the service. */
    void pauseBreaker(long nowNanos) {
        if (breaker != null) {
            long permit = takeBreakerPermit();
            if (permit != CircuitBreaker.REFUSED) {
                keepBreakerPermit(breaker.suspend(permit, nowNanos));
            }
        }
    }

    /** As {@link #pauseBreaker}, until an attempt begins. */
    void awaitAttempt(long nowNanos) {
        awaitsAttempt = true;
        pauseBreaker(nowNanos);
    }

    /** Whether it has waited for this attempt; once. */
    boolean hasAwaitedAttempt() {
        boolean has = awaitsAttempt;
        awaitsAttempt = false;
        return has;
    }

    /** As {@link #keepBreakerPermit}, for an attempt that is still to begin. */
    void keepUnusedBreakerPermit(long permit) {
        hasUnusedBreakerPermit = true;
        keepBreakerPermit(permit);
    }

    /** The attempt it was taken for does not begin, so the call's outcome says nothing to the breaker's present state. */
    void giveBackUnusedBreakerPermit() {
        if (hasUnusedBreakerPermit) {
            hasUnusedBreakerPermit = false;
            ignoreBreakerPermit();
        }
    }

    /** Once; a permit that comes later is given back at once, and an answer that does is not read. */
    void leave() {
        left = true;
        ignoreBreakerPermit();
        dropStream();
    }

    /** The answer whose body is streamed, which ends with the call whoever comes first. */
    void streams(@Nullable Attempt answered) {
        streaming = answered;
        if (left) {
            dropStream();
        }
    }

    private void dropStream() {
        Attempt unread = streaming;
        if (unread != null) {
            unread.discard();
            unread.release();
        }
    }

    private void ignoreBreakerPermit() {
        long permit = takeBreakerPermit();
        if (breaker != null && permit != CircuitBreaker.REFUSED) {
            breaker.onIgnored(permit);
        }
    }

    void begins(ServiceInstance chosen) {
        if (instance != null) {
            if (tried == null) {
                tried = new ArrayList<>(4);
                tried.add(instance);
            }
            tried.add(chosen);
        }
        instance = chosen;
        attempts++;
        hasUnusedBreakerPermit = false;
    }

    @Override
    protected boolean hasTried(ServiceInstance candidate) {
        return tried == null ? candidate.equals(instance) : tried.contains(candidate);
    }

    @Override
    protected boolean hasTriedAny() {
        return attempts > 0;
    }

    @Override
    protected Priority priority() {
        return priority;
    }

    @Override
    protected String method() {
        return request.method();
    }

    @Override
    protected String pathTemplate() {
        return request.pathTemplate();
    }

    @Override
    protected @Nullable String affinity() {
        String own = request.options().affinity().orElse(null);
        String field = policy.balance().keyHeader().orElse(null);
        return own != null || field == null ? own : headers.first(field).orElse(null);
    }

    /** The wait before the next attempt by the policy's backoff. */
    long backoffNanos(RandomSource random) {
        lastBackoffNanos = policy.retry()
                .backoff()
                .delay(attempts, Duration.ofNanos(lastBackoffNanos), random)
                .toNanos();
        return lastBackoffNanos;
    }

    /** Time of one attempt by request or policy, before the deadline cuts it. */
    long wantedTimeoutNanos() {
        return request.options()
                .attemptTimeout()
                .orElse(policy.attemptTimeout())
                .toNanos();
    }

    /** Caller's context and MDC, to be opened on other threads. Captured when first asked for, on the caller's thread. */
    ContextSnapshot snapshot() {
        ContextSnapshot known = snapshot;
        if (known == null) {
            known = ContextSnapshot.capture();
            snapshot = known;
        }
        return known;
    }

    /** Whether a second attempt may be sent before the first has answered: only what may be repeated, and only by policy. */
    boolean mayBeHedged() {
        return guards.hedging() != null && request.isIdempotent() && (sentBody == null || sentBody.isReplayable());
    }

    boolean wantsStream() {
        return type == StreamedResponse.class;
    }

    @Override
    void closeBody() {
        SentBody sending = sentBody;
        if (sending != null) {
            sending.close();
        }
    }

    CallDetails details() {
        return new CallDetails(
                request.service(),
                instance == null ? null : instance.address(),
                request.method(),
                request.pathTemplate(),
                attempts,
                Duration.ofNanos(Math.max(0, endNanos - startNanos)),
                mayHaveReachedServer);
    }

    /** The body of an answer to this call, so that a failure to decode it tells of the call. */
    @Override
    public @Nullable Object decode(ServiceResponse response, byte[] octets, Type wanted) {
        return givesOctets && wanted == byte[].class ? octets : bodies.decode(response, octets, wanted, this::details);
    }

    @Override
    public int hashCode() {
        return (int) (startNanos ^ startNanos >>> 17);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }
}
