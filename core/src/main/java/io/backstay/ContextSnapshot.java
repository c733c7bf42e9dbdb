package io.backstay;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The {@link CallContext} and the whole MDC of a thread, to be opened on another. Immutable and thread-safe; may be opened
 * any number of times, at once on several threads.
 */
public final class ContextSnapshot {

    private final CallContext context;
    private final @Nullable Map<String, String> mdc;

    private ContextSnapshot(CallContext context, @Nullable Map<String, String> mdc) {
        this.context = context;
        this.mdc = mdc;
    }

    /** What holds on this thread now. */
    public static ContextSnapshot capture() {
        return new ContextSnapshot(CallContext.current(), MDC.getCopyOfContextMap());
    }

    /** The captured context. */
    public CallContext context() {
        return context;
    }

    /** Makes what was captured current on this thread until the scope is closed, there. */
    public Scope open() {
        Map<String, String> mdcBefore = MDC.getCopyOfContextMap();
        setMdc(mdc);
        return new Scope(context.open(), mdcBefore);
    }

    /** The task, run under what was captured. */
    public Runnable wrap(Runnable task) {
        return () -> {
            try (Scope scope = open()) {
                task.run();
            }
        };
    }

    /** The task, run under what was captured. */
    public <T> Callable<T> wrap(Callable<T> task) {
        return () -> {
            try (Scope scope = open()) {
                return task.call();
            }
        };
    }

    /** An executor that runs each task under what holds on the thread that hands it over. */
    public static Executor propagating(Executor executor) {
        return task -> executor.execute(capture().wrap(task));
    }

    private static void setMdc(@Nullable Map<String, String> map) {
        if (map == null) {
            MDC.clear();
        } else {
            MDC.setContextMap(map);
        }
    }

    /** Until closed, the snapshot is current. */
    public static final class Scope implements AutoCloseable {

        private final CallContext.Scope context;
        private final @Nullable Map<String, String> mdcBefore;

        private Scope(CallContext.Scope context, @Nullable Map<String, String> mdcBefore) {
            this.context = context;
            this.mdcBefore = mdcBefore;
        }

        @Override
        public void close() {
            context.close();
            setMdc(mdcBefore);
        }
    }
}
