package io.backstay.http.jdk;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the client's tasks: on a worker, or, where one comes from the thread of the client's selector and nothing that may block
 * can be among them, in place. The latter spares a change of thread, a quarter of a short exchange over loopback. (The client
 * is made for executors that do so; that its own do not is for the sake of user's code, of which there is none here.)
 *
 * <p>A task that comes from within another is run after it, so that none meets a lock that the other holds. Thread-safe.
 */
final class ClientExecutor implements Executor {

    /** How the JDK calls the thread; under another name all goes to the workers. */
    private static final String SELECTOR = "-SelectorManager";

    private final Executor workers;
    private final BooleanSupplier nothingBlocks;

    /** Of the one client that has this executor; null until it has shown itself. */
    private volatile @Nullable Thread selector;

    // Both: only touched on the selector's thread.
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    ClientExecutor(Executor workers, BooleanSupplier nothingBlocks) {
        this.workers = workers;
        this.nothingBlocks = nothingBlocks;
    }

    @Override
    public void execute(Runnable task) {
        if (isSelector(Thread.currentThread()) && nothingBlocks.getAsBoolean()) {
            runInPlace(task);
        } else {
            workers.execute(task);
        }
    }

    /** Whether this thread is the selector's, running a task. */
    boolean isInPlace() {
        return Thread.currentThread().equals(selector) && running;
    }

    private boolean isSelector(Thread thread) {
        Thread known = selector;
        if (known != null) {
            return thread.equals(known);
        }
        if (!thread.getName().endsWith(SELECTOR)) {
            return false;
        }
        selector = thread;
        return true;
    }

    private void runInPlace(Runnable task) {
        waiting.add(task);
        if (running) {
            return;
        }
        running = true;
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
            runSafely(next);
        }
        running = false;
    }

    /** What a task throws goes where a worker's would have gone; the selector's thread must not end by it. */
    private static void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }
}
