package io.backstay.internal;

import io.backstay.CallContext;
import io.backstay.CallException;
import io.backstay.CallPolicy;
import io.backstay.ContextSnapshot;
import io.backstay.Result;
import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import io.backstay.UnexpectedCallException;
import io.backstay.WatchedFuture;
import io.backstay.balance.InstanceState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.GuardRegistry;
import io.backstay.internal.Outcome.Refused;
import io.backstay.spi.BackstayExtension;
import io.backstay.spi.MetricSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.UnseenFailures;
import java.lang.reflect.Type;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a call through its steps, in this order:
 *
 * <ol start="0">
 *   <li>{@link Bodies#encode validate and encode} the request: what cannot be sent is thrown back
 *   <li>context: correlation id, and the shorter of the work's deadline and the policy's
 *   <li value="3">{@link Interception call interceptors} fix request and header fields
 *   <li value="7">{@link Admission admission}: it is known where the service is, time left, the breaker not open, room for one more call, the breaker's permit
 *   <li>{@link Attempts attempts}: the first on the caller's thread, retries after it, hedges beside it ({@link Race}); each
 *       <ol start="9">
 *         <li>takes a token of the rate limit
 *         <li>{@link io.backstay.balance.InstancePool#choose chooses an instance} with a free permit that this call has not tried
 *         <li>{@link Preparation#begin runs attempt interceptors} and puts correlation id and remaining time onto the request
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
    private final Intake intake;
    private final Admission admission;
    private final Attempts attempts;
    private final Conclusion conclusion;
    private final GuardRegistry guards;
    private final UnseenFailures unseen;
    private final InFlight inFlight = new InFlight();
    private final AtomicBoolean closed = new AtomicBoolean();

    Engine(Parts parts, Services services) {
        Interception interception = new Interception(parts.callInterceptors());
        this.parts = parts;
        this.services = services;
        this.intake = new Intake(parts, interception);
        this.admission = new Admission(parts.time(), parts.waiter());
        this.conclusion = new Conclusion(parts, admission, interception, this::leaveNow);
        this.attempts = new Attempts(parts, new Exchanges(parts, conclusion.streams()));
        this.guards = GuardMaker.registry(parts);
        this.unseen = new UnseenFailures(parts.time(), parts.scheduler());
    }

    /** Makes the call on this thread. */
    public <T> Result<T> call(ServiceRequest request, Type type) {
        Call call = intake.prepare(services.get(request.service()), request, type);
        try (CallContext.Scope scope = call.context.open()) {
            Outcome refusal = enter(call);
            if (refusal == null) {
                refusal = admission.await(call);
            }
            return conclusion.conclude(call, refusal != null ? refusal : attempts.run(call));
        } finally {
            leave(call);
        }
    }

    /** Starts the call; hands its result over on the thread that ends it. */
    public <T> Runnable start(ServiceRequest request, Type type, Consumer<Result<T>> whenDone) {
        Call call = intake.prepare(services.get(request.service()), request, type);
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
            result = conclusion.conclude(call, outcome);
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

    /**
     * Has a future end with the failure of its call. Where that is not in the log, it comes there when nobody looks at the future.
     *
     * @param ending ends it; false when it has ended already
     */
    public void fail(WatchedFuture<?> future, BooleanSupplier ending, CallException failure) {
        if (EventLog.isServiceFailure(failure)) {
            boolean unused = ending.getAsBoolean();
        } else {
            unseen.end(future, ending, ContextSnapshot.capture().wrap(() -> EventLog.unseen(failure)));
        }
    }

    /** Takes the call in, unless closing has begun, and through step 3: nothing, or why it goes no further. */
    private @Nullable Outcome enter(Call call) {
        return inFlight.enter(call)
                ? intake.intercept(call)
                : new Refused("shut-down", "this Backstay is closed", null);
    }

    /** Whatever happened, an error of the JVM included: no permit stays taken and no call stays listed. */
    private void leave(Call call) {
        if (!call.isStreaming()) {
            leaveNow(call);
        }
    }

    private void leaveNow(Call call) {
        Admission.release(call);
        Preparation.giveTokenBack(call);
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
        return sink -> {
            services.forEach(service -> service.metrics.collect(service, sink));
            parts.stateStore().metrics().collect(sink);
            parts.extensions().collect(sink);
        };
    }

    /** Where processes share state. */
    public StateStore stateStore() {
        return parts.stateStore();
    }

    /** The extension of a type. */
    public <E extends BackstayExtension> E extension(Class<E> type) {
        return parts.extensions().get(type);
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
