package io.backstay;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The future of an asynchronous call, which knows whether anybody has looked at it: waited for it, asked for its value or its
 * failure, or had a stage depend on it. So a failure that nobody looks at can be told of. Asking whether it is done or cancelled is
 * no look, and neither is ending it.
 *
 * <p>What {@code allOf} and {@code anyOf} are handed counts as looked at only while it has not ended: the JDK leaves no trace
 * of it later.
 *
 * <p>Thread-safe. Stages that depend on it are plain futures.
 *
 * @param <T> what the call gives
 */
public class WatchedFuture<T> extends CompletableFuture<T> {

    /** Of the dependents it counts, what belongs to itself. */
    private static final int OWN_DEPENDENTS = 1;

    private volatile boolean seen;

    /** One that has not ended. */
    @SuppressWarnings("this-escape") // nothing can end it before it is constructed
    public WatchedFuture() {
        var unused = super.whenComplete((value, failure) -> ended());
        seen = false;
    }

    /** Is called once, on the thread that ends it, whoever that is. Does nothing here. */
    protected void ended() {}

    /** Whether anybody has looked at it so far. */
    public final boolean isSeen() {
        return seen || getNumberOfDependents() > OWN_DEPENDENTS;
    }

    private void look() {
        if (!seen) {
            seen = true;
        }
    }

    /** Every stage that depends on this one begins here. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        look();
        return new CompletableFuture<>();
    }

    @Override
    public CompletableFuture<T> toCompletableFuture() {
        look();
        return this;
    }

    @Override
    public CompletionStage<T> minimalCompletionStage() {
        look();
        return super.minimalCompletionStage();
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        look();
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        look();
        return super.get(timeout, unit);
    }

    @Override
    public T join() {
        look();
        return super.join();
    }

    @Override
    public T getNow(T valueIfAbsent) {
        look();
        return super.getNow(valueIfAbsent);
    }

    @Override
    public boolean isCompletedExceptionally() {
        look();
        return super.isCompletedExceptionally();
    }

    /**
     * The exception it has failed with, as {@code Future.exceptionNow()} of Java 19 and later, which this is there.
     *
     * @throws IllegalStateException when it has not failed, or was cancelled
     */
    public Throwable exceptionNow() {
        look();
        if (isDone() && !isCancelled()) {
            @Nullable
            Throwable failure = super.handle((value, thrown) -> thrown).join();
            if (failure != null) {
                return failure;
            }
        }
        throw new IllegalStateException("it has not failed");
    }
}
