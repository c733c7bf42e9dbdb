package io.backstay.guard;

import io.backstay.CallContext;
import io.backstay.CallException;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import io.backstay.Fallback;
import io.backstay.GuardPolicy;
import io.backstay.Result;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Keeps any piece of code working, as {@link io.backstay.ServiceClient} keeps HTTP calls working. Thread-safe; make one for each
 * thing that can fail by itself, and keep it.
 *
 * <pre>{@code
 * Guard ledger = Guard.of("ledger-db", GuardPolicy.builder().timeout(Duration.ofSeconds(2)).retry(3).build());
 * Invoice invoice = ledger.call(() -> dao.load(7));
 * }</pre>
 *
 * <p>A call goes, in this order, through: a token of the rate limit, a permit of the concurrency limit, the breaker; then its
 * attempts, each under the timeout, with waits in between as {@link GuardPolicy} tells, after which the breaker is asked again; then
 * the fallback. The deadline is the
 * shorter of the policy's and that of the work in hand ({@link CallContext#deadline()}); it bounds all of that, and no attempt
 * begins that could not before it. A call without a deadline is refused where one with a deadline waits for a permit.
 *
 * <p><b>What is thrown.</b> What the code threw, the same object; or {@link CallRejectedException} when the code was not run,
 * {@link CallTimeoutException} when it took too long, {@link io.backstay.CallCancelledException} when the thread was interrupted
 * while it waited. {@link #result} and fallbacks get a {@link CallException}, with what the code threw as its cause. An
 * {@link Error} always comes through.
 *
 * <p><b>Blocking code</b> runs and is repeated on its caller's thread. A timeout interrupts it. Code that ignores interrupts
 * returns when it likes, and what it then returns is dropped: too late is a timeout, whatever comes after it. Our interrupt is gone once the code has returned;
 * anybody else's stays, or comes out as the {@link InterruptedException} that the code made of it, and then nothing is repeated and
 * no fallback answers.
 *
 * <p><b>Asynchronous code</b> is waited for and repeated without a thread. A timeout ends the call at once and cancels the stage
 * that the code gave. A failure is not lost where nobody looks at the future: it is logged after 10 s, at WARN to {@code
 * io.backstay.guard} ({@link io.backstay.WatchedFuture}). The context and the MDC of the caller hold wherever the code, a fallback or
 * a dependent stage runs.
 */
public final class Guard {

    /**
     * A piece of code.
     *
     * @param <T> what it gives
     * @param <X> what it throws; {@code RuntimeException} is inferred for code that throws nothing checked
     */
    @FunctionalInterface
    public interface Code<T, X extends Exception> {
        /** Runs it. */
        T run() throws X;
    }

    /**
     * A piece of code that gives nothing.
     *
     * @param <X> what it throws
     */
    @FunctionalInterface
    public interface Action<X extends Exception> {
        /** Runs it. */
        void run() throws X;
    }

    final GuardClocks clocks;
    final GuardCounters counters = new GuardCounters();

    private final String name;
    private final CircuitBreaker.TransitionListener listener;
    /** Held to change the policy. */
    private final ReentrantLock changing = new ReentrantLock();

    private volatile GuardParts parts;

    Guard(String name, GuardPolicy policy, GuardClocks clocks, CircuitBreaker.TransitionListener listener) {
        this.name = name;
        this.clocks = clocks;
        this.listener = listener;
        this.parts = GuardParts.make(name, policy, clocks, listener);
    }

    /** A guard on the clocks of the machine. */
    public static Guard of(String name, GuardPolicy policy) {
        return builder(name).policy(policy).build();
    }

    /** Starts from {@link GuardPolicy#standard()} and the clocks of the machine. */
    public static GuardBuilder builder(String name) {
        return new GuardBuilder(name);
    }

    /** What it guards. */
    public String name() {
        return name;
    }

    /** What calls begin with now. */
    public GuardPolicy policy() {
        return parts.policy;
    }

    /** The breaker, where the policy has one. */
    public Optional<CircuitBreaker> breaker() {
        return Optional.ofNullable(parts.breaker);
    }

    /** State and counts as they are now. */
    public GuardStatus status() {
        return new GuardStatus(parts, counters);
    }

    /**
     * Follows another policy from the next call on; running calls keep the one they began with. State, counts, permits in flight
     * and budgets stay.
     */
    public void update(GuardPolicy policy) {
        GuardBuilder.required("guard policy", policy);
        changing.lock();
        try {
            parts = parts.follow(name, policy, clocks, listener);
        } finally {
            changing.unlock();
        }
    }

    /**
     * Runs the code on this thread.
     *
     * @throws X what the code threw
     * @throws CallException when the code was refused, took too long, or the thread was interrupted while it waited
     */
    public <T, X extends Exception> T call(Code<? extends T, X> code) throws X {
        GuardParts now = parts;
        try {
            return FirstAttempt.run(this, now, code);
        } catch (FailedCall failed) {
            return Answers.of(failed, Answers.<T>of(now.policy));
        }
    }

    /**
     * Runs the code on this thread; where it fails, the fallback answers, in place of the policy's.
     *
     * @throws X what the code threw, when the fallback has thrown too, or the exception is one that the policy ignores
     * @throws CallException likewise
     */
    public <T, X extends Exception> T call(
            Code<? extends T, X> code, Function<? super CallException, ? extends T> fallback) throws X {
        try {
            return FirstAttempt.run(this, parts, code);
        } catch (FailedCall failed) {
            return Answers.of(failed, fallback);
        }
    }

    /** Runs the code on this thread; as {@link #call(Code)}. */
    public <X extends Exception> void run(Action<X> code) throws X {
        Code<Boolean, X> counted = () -> {
            code.run();
            return true;
        };
        call(counted);
    }

    /** Runs the code on this thread and tells how it ended. Where that is an interrupt, the thread's flag is set again. */
    public <T> Result<T> result(Code<? extends T, ?> code) {
        GuardParts now = parts;
        try {
            return new Result.Success<>(FirstAttempt.run(this, now, code));
        } catch (FailedCall failed) {
            return Answers.result(failed, now.policy.fallback().orElse(null));
        }
    }

    /**
     * Runs code that gives a stage, beginning on this thread. The future ends as {@link #call(Code)} would, with the very exception of
     * the code where that came wrapped. Ending it in any other way, as by {@code cancel}, ends the call and cancels the stage.
     */
    public <T> CompletableFuture<T> callAsync(Supplier<? extends CompletionStage<T>> code) {
        GuardedCall call = newCall();
        return new AsyncAttempts<>(call, code, AsyncEnding.<T>value(Answers.of(call.parts.policy))).start();
    }

    /** The same; where it fails, the fallback answers, in place of the policy's. */
    public <T> CompletableFuture<T> callAsync(
            Supplier<? extends CompletionStage<T>> code, Function<? super CallException, ? extends T> fallback) {
        return new AsyncAttempts<>(newCall(), code, AsyncEnding.<T>value(fallback)).start();
    }

    /** The same, telling how it ended; the future itself fails only with an {@link Error}. */
    public <T> CompletableFuture<Result<T>> resultAsync(Supplier<? extends CompletionStage<T>> code) {
        GuardedCall call = newCall();
        Fallback fallback = call.parts.policy.fallback().orElse(null);
        return new AsyncAttempts<>(call, code, AsyncEnding.<T>result(fallback)).start();
    }

    /** The code, run under this guard at each call of it. */
    public <T> Callable<T> decorate(Callable<T> code) {
        return () -> call(code::call);
    }

    /** The supplier, run under this guard at each call of it. */
    public <T> Supplier<T> decorateSupplier(Supplier<T> code) {
        return () -> call(code::get);
    }

    /** The action, run under this guard at each call of it. */
    public Runnable decorateRunnable(Runnable code) {
        return () -> run(code::run);
    }

    /** The function, run under this guard at each call of it. */
    public <A, T> Function<A, T> decorateFunction(Function<A, T> code) {
        return argument -> call(() -> code.apply(argument));
    }

    /**
     * Takes a permit for code that cannot be handed over, waiting for it within the deadline, if there is one. Timeout, retry and
     * fallback are then up to that code.
     *
     * @throws CallException when it is refused, or the thread is interrupted while it waits
     */
    public GuardPermit acquire() {
        GuardedCall call = newCall();
        try {
            BlockingAttempts.admit(call);
        } catch (FailedCall failed) {
            call.release();
            throw Guard.<RuntimeException>thrown(failed.failure);
        }
        return begun(call);
    }

    /** Takes a permit for code that cannot be handed over, without waiting; nothing when it is refused. */
    public Optional<GuardPermit> tryAcquire() {
        GuardParts now = parts;
        long start = clocks.time().nanoTime();
        if (now.isRefusing(start)) {
            counters.refused.increment();
            return Optional.empty();
        }
        GuardedCall call = new GuardedCall(this, now, CallContext.current(), start);
        return call.admitNow() ? Optional.of(begun(call)) : Optional.empty();
    }

    private GuardedCall newCall() {
        return newCall(parts);
    }

    GuardedCall newCall(GuardParts now) {
        return new GuardedCall(this, now, CallContext.current(), clocks.time().nanoTime());
    }

    GuardParts parts() {
        return parts;
    }

    private static GuardPermit begun(GuardedCall call) {
        call.beginFirstAttempt(call.now());
        return new GuardPermit(call);
    }

    /** Whether nothing would be missed if it were gone: at rest, the breaker closed and unused for so long, no token missing. */
    boolean isIdle(long nanos, long nowNanos) {
        GuardParts now = parts;
        return (now.breaker == null || now.breaker.isIdle(nanos, nowNanos))
                && (now.concurrency == null || now.concurrency.isAtRest())
                && (now.rate == null || now.rate.isFull());
    }

    @Override
    public String toString() {
        return "guard of " + name + ", " + status();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <X extends Throwable> X thrown(Throwable failure) throws X {
        throw (X) failure;
    }
}
