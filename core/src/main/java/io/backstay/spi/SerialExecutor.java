package io.backstay.spi;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs tasks one after the other, in the order in which they come, each on the thread that brings it or, while another is running, on
 * that one's. A task sees all that those before it have done, so that what only tasks touch needs no lock. Nobody waits; a task that brings
 * another goes on first. Thread-safe.
 */
public final class SerialExecutor implements Executor {

    private final Consumer<? super Throwable> onFailure;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * One that has nothing to do yet.
     *
     * @param onFailure is told what a task has thrown, as to log it; those after that one run all the same. Must not throw
     */
    public SerialExecutor(Consumer<? super Throwable> onFailure) {
        this.onFailure = onFailure;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() > 0) {
            return;
        }
        do {
            runNext();
        } while (waiting.decrementAndGet() > 0);
    }

    private void runNext() {
        Runnable task = tasks.poll();
        if (task == null) {
            return;
        }
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            onFailure.accept(e);
        }
    }
}
