package io.backstay.internal;

import io.backstay.BodySource;
import io.backstay.CallContext;
import io.backstay.CallException;
import io.backstay.CallPolicy;
import io.backstay.ContextSnapshot;
import io.backstay.CorrelationIds;
import io.backstay.Deadline;
import io.backstay.Headers;
import io.backstay.Result;
import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import io.backstay.ServiceResponse;
import io.backstay.UnexpectedCallException;
import io.backstay.balance.InstanceState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.GuardRegistry;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import io.backstay.internal.Outcome.Refused;
import io.backstay.spi.MetricSource;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a call through its steps, in this order:
 *
 * <ol start="0">
 *   <li>{@link Bodies#encode validate and encode} the request: what cannot be sent is thrown back
 *   <li>context: correlation id, and the shorter of the work's deadline and the policy's
 *   <li value="3">{@link Interception call interceptors} fix request and header fields
 *   <li value="7">{@link Admission admission}: time left, the breaker not open, room for one more call, the breaker's permit
 *   <li>{@link Attempts attempts}: the first on the caller's thread, retries after it, hedges beside it ({@link Race}); each
 *       <ol start="9">
 *         <li>takes a token of the rate limit
 *         <li>{@link io.backstay.balance.InstancePool#choose chooses an instance} with a free permit that this call has not tried
 *         <li>{@link Exchanges#begin runs attempt interceptors} and puts correlation id and remaining time onto the request
 *         <li>{@link Exchanges#make makes the exchange}, under the attempt's timeout and the deadline
 *         <li>{@link Exchanges#decide classifies} what came of it and asks {@link RetryRules} whether there is a next one
 *       </ol>
 *   <li value="13">{@link Admission#settle the outcome} recorded to the breaker and to metrics
 *   <li>{@link Bodies#decode decode}
 *   <li>{@link Fallbacks fallbacks}, in order
 * </ol>
 *
 * Blocking and asynchronous calls go through the same methods; they part only where {@link Attempts} blocks or does not.
 */
public final class Engine {

    private final Parts parts;
    private final Services services;
    private final Streams streams;
    private final Attempts attempts;
    private final Admission admission;
    private final Fallbacks fallbacks;
    private final Interception interception;
    private final GuardRegistry guards;
    private final InFlight inFlight = new InFlight();
    private final AtomicBoolean closed = new AtomicBoolean();

    Engine(Parts parts, Services services) {
        this.parts = parts;
        this.services = services;
        this.streams = new Streams(parts, this::endStream);
        this.attempts = new Attempts(parts, new Exchanges(parts, streams));
        this.admission = new Admission(parts.time(), parts.waiter());
        this.fallbacks = new Fallbacks(parts);
        this.interception = new Interception(parts.callInterceptors());
        this.guards = GuardMaker.registry(parts);
    }

    /** Makes the call on this thread. */
    public <T> Result<T> call(ServiceRequest request, Type type) {
        Call call = prepare(request, type);
        try (CallContext.Scope scope = call.context.open()) {
            Outcome refusal = enter(call);
            if (refusal == null) {
                refusal = admission.await(call);
            }
            return conclude(call, refusal != null ? refusal : attempts.run(call));
        } finally {
            leave(call);
        }
    }

    /** Starts the call; hands its result over on the thread that ends it. */
    public <T> Runnable start(ServiceRequest request, Type type, Consumer<Result<T>> whenDone) {
        Call call = prepare(request, type);
        try (CallContext.Scope scope = call.context.open()) {
            Outcome refusal = enter(call);
            if (refusal != null) {
                end(call, refusal, whenDone);
            } else {
                ContextSnapshot snapshot = call.snapshot();
                admission.whenAdmitted(call, refused -> proceed(call, snapshot, refused, whenDone));
            }
        } catch (RuntimeException misuse) {
            leave(call);
            throw misuse;
        } catch (Error failure) {
            end(call, Outcomes.unexpected("a step before the exchange failed", failure), whenDone);
        }
        return call::cancel;
    }

    private <T> void proceed(
            Call call, ContextSnapshot snapshot, @Nullable Outcome refusal, Consumer<Result<T>> whenDone) {
        try (ContextSnapshot.Scope scope = snapshot.open()) {
            if (refusal != null) {
                end(call, refusal, whenDone);
            } else {
                attempts.start(call, outcome -> end(call, outcome, whenDone));
            }
        } catch (RuntimeException | Error failure) {
            end(call, Outcomes.unexpected("a step before the exchange failed", failure), whenDone);
        }
    }

    /** Nothing that is thrown may be lost here: nobody but the future's owner could ever learn of it. */
    private <T> void end(Call call, Outcome outcome, Consumer<Result<T>> whenDone) {
        if (call.ended) {
            return;
        }
        call.ended = true;
        Result<T> result;
        try {
            result = conclude(call, outcome);
        } catch (RuntimeException | Error failure) {
            result = new Result.Failure<>(
                    new UnexpectedCallException("a step after the answer failed", call.details(), failure));
        } finally {
            leave(call);
        }
        try (CallContext.Scope scope = call.callerContext().open()) {
            whenDone.accept(result);
        }
    }

    /** Steps 0 and 1; the shorter of the work's deadline and the policy's holds. */
    private Call prepare(ServiceRequest request, Type type) {
        ServiceState service = services.get(request.service());
        byte[] body = parts.bodies().encode(request, service.policy());
        long now = parts.time().nanoTime();
        CallContext ambient = CallContext.current();
        String known = ambient.correlationId().orElse(null);
        String correlationId = known != null ? known : CorrelationIds.next(parts.random());
        Deadline deadline = deadline(request, service.policy(), ambient, now);
        Call call = new Call(service, parts.bodies(), request, type, ambient, correlationId, deadline, now);
        call.body = body;
        call.sentBody = sentBody(request);
        return call;
    }

    private static @Nullable SentBody sentBody(ServiceRequest request) {
        return request.body().orElse(null) instanceof BodySource source ? new SentBody(source) : null;
    }

    private static Deadline deadline(ServiceRequest request, CallPolicy policy, CallContext ambient, long startNanos) {
        Duration limit = request.options().deadline().orElse(policy.deadline());
        return Deadline.after(startNanos, limit).earlierOf(ambient.deadline().orElse(null));
    }

    /** Step 3, with what depends on it: nothing, or why the call goes no further. */
    private @Nullable Outcome enter(Call call) {
        if (!inFlight.enter(call)) {
            return new Refused("shut-down", "this Backstay is closed", null);
        }
        ServiceRequest original = call.request;
        Outcome failure = interception.before(call);
        if (failure != null) {
            return failure;
        }
        if (!parts.callInterceptors().isEmpty()) {
            call.admittedNanos = parts.time().nanoTime();
        }
        if (call.request != original) {
            call.deadline = deadline(call.request, call.policy, call.ambient, call.startNanos);
            call.body = parts.bodies().encode(call.request, call.policy);
            call.sentBody = sentBody(call.request);
        }
        call.target = call.request.target();
        call.headers = fixedHeaders(call);
        return null;
    }

    private Headers fixedHeaders(Call call) {
        Headers fields =
                call.request.headers().without(parts.correlationHeader()).without(parts.deadlineHeader());
        String contentType = call.request.contentType().orElse(null);
        if (contentType != null) {
            fields = fields.plus("Content-Type", contentType);
        }
        if (Bodies.wantsJson(call.type) && !fields.contains("Accept")) {
            fields = fields.plus("Accept", "application/json");
        }
        if (call.policy.decompression()) {
            fields = Decompression.asking(fields);
        }
        return fields.plus(parts.correlationHeader(), call.correlationId);
    }

    /** Steps 13 to 15; of an answer that is streamed, step 13 comes when its stream has ended. */
    private <T> Result<T> conclude(Call call, Outcome outcome) {
        if (call.streaming == null) {
            admission.settle(call, outcome);
        }
        CallException failure;
        if (outcome instanceof Answer answer && answer.accepted()) {
            try {
                ServiceResponse response = interception.after(call, answer.response());
                return new Result.Success<>(value(call, response));
            } catch (CallException thrown) {
                failure = thrown;
            } catch (RuntimeException thrown) {
                failure = new UnexpectedCallException("a call interceptor failed", call.details(), thrown);
            }
        } else {
            failure = parts.failures().of(call, outcome);
        }
        if (call.streaming != null) {
            call.cancelExchange();
            call.streaming.discard();
            call.streaming.release();
            admission.settle(call, outcome);
        }
        interception.failed(call, failure);
        CallReport.failed(parts, call, failure);
        try (CallContext.Scope scope = call.callerContext().open()) {
            return fallbacks.answer(call, failure);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private <T> T value(Call call, ServiceResponse response) {
        Attempt streaming = call.streaming;
        if (streaming != null && streaming.arriving != null) {
            return (T) streams.open(call, response, streaming.arriving);
        }
        call.givesOctets = call.type == byte[].class
                && call.intercepted == 0
                && parts.attemptInterceptors().isEmpty();
        T value = decode(response, call.type);
        CallReport.succeeded(parts, call, response.status());
        return value;
    }

    /** Steps 13 and 15 of a call whose answer was streamed: nobody is left to ask fallbacks for. */
    private void endStream(
            Call call, ServiceResponse response, @Nullable Broken outcome, @Nullable CallException failure) {
        admission.settle(call, outcome != null ? outcome : new Answer(response, true));
        if (failure == null) {
            CallReport.succeeded(parts, call, response.status());
        } else {
            interception.failed(call, failure);
            CallReport.failed(parts, call, failure);
        }
        if (call.streaming != null) {
            call.streaming.release();
        }
        leaveNow(call);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"})
    private static <T> T decode(ServiceResponse response, Type type) {
        return (T) (type == ServiceResponse.class ? response : response.decode(type));
    }

    /** Whatever happened, an error of the JVM included: no permit stays taken and no call stays listed. */
    private void leave(Call call) {
        if (!call.isStreaming()) {
            leaveNow(call);
        }
    }

    private void leaveNow(Call call) {
        Admission.release(call);
        Exchanges.giveTokenBack(call);
        call.body = null;
        inFlight.leave(call);
    }

    /**
     * Makes sure that the service is known, at these addresses where there are any.
     *
     * @throws IllegalStateException once closing has begun
     */
    public void open(String service, List<URI> addresses) {
        requireOpen();
        services.open(service, addresses);
    }

    /**
     * Opens connections to all instances of a service.
     *
     * @throws IllegalStateException once closing has begun
     */
    public CompletableFuture<Map<ServiceInstance, Boolean>> warmUp(String service, String path) {
        requireOpen();
        return new WarmUp(parts).run(services.get(service), path);
    }

    private void requireOpen() {
        if (inFlight.isClosing()) {
            throw new IllegalStateException("this Backstay is closed");
        }
    }

    /** The policy of a service. */
    public CallPolicy policy(String service) {
        return services.policy(service);
    }

    /** Has a service follow another policy from its next call on. */
    public void follow(String service, CallPolicy policy) {
        services.follow(service, policy);
    }

    /** The breakers of a service: its own, or those of its endpoints so far. */
    public List<CircuitBreaker> breakers(String service) {
        return services.find(service).map(state -> state.guards().breakers()).orElse(List.of());
    }

    /** How each instance of a service stands. */
    public List<InstanceState> instances(String service) {
        return services.find(service).map(state -> state.instances.states()).orElse(List.of());
    }

    /** The guards round code that makes no calls of services. */
    public GuardRegistry guards() {
        return guards;
    }

    /** What has been counted. */
    public MetricSource metrics() {
        return sink -> services.forEach(service -> service.metrics.collect(service, sink));
    }

    /** What was found and chosen. */
    public String description() {
        return parts.description();
    }

    /** Waits for running calls, cancels the rest, frees everything; once. */
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> drained = inFlight.close();
        try {
            if (!parts.waiter().await(drained, parts.shutdownTimeout().toNanos())) {
                inFlight.forEach(Call::cancel);
            }
        } catch (InterruptedException e) {
            inFlight.forEach(Call::cancel);
            Thread.currentThread().interrupt();
        } finally {
            services.close();
            parts.closers().close();
        }
    }
}
