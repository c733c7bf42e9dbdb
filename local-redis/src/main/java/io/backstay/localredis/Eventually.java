package io.backstay.localredis;

import io.backstay.spi.SystemTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what comes sooner or later, and fails when it does not. */
public final class Eventually {

    private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int PATIENCE_SECONDS = 30;

    private Eventually() {}

    /** Waits 30 s at most. */
    public static void holds(BooleanSupplier condition) {
        holds(PATIENCE_SECONDS, condition, () -> "it never came true");
    }

    /** Waits as many seconds, then fails with these words. */
    public static void holds(int seconds, BooleanSupplier condition, Supplier<String> otherwise) {
        long end = SystemTime.shared().nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!condition.getAsBoolean()) {
            if (SystemTime.shared().nanoTime() - end > 0) {
                throw new AssertionError(otherwise.get());
            }
            pause(LOOK_EVERY_NANOS);
        }
    }

    /** Lets time go by, where what is tested is that something takes it. */
    public static void pause(long nanos) {
        try {
            SystemTime.shared().await(new CompletableFuture<>(), nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What a stage ends with; its failure as it is. */
    public static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw new AssertionError("it never ended", e);
        }
    }
}
