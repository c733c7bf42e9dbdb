package io.backstay.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What all threads together allocate from one moment to another: callers, workers, selectors, callbacks. From JDK 21 on the JVM
 * counts it as a whole, ended and virtual threads included. Before, it is the sum of what each thread's own count has grown by;
 * an ended thread takes its count along, so that a span in which one ended is not known. Exact to the octet either way, and
 * indifferent to collections.
 */
final class Allocation {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final @Nullable MethodHandle TOTAL = total();

    private final long total;
    private final Map<Long, Long> perThread;

    private Allocation(long total, Map<Long, Long> perThread) {
        this.total = total;
        this.perThread = perThread;
    }

    /** The moment from which to count. */
    static Allocation start() {
        return TOTAL != null ? new Allocation(readTotal(TOTAL), Map.of()) : new Allocation(0, readPerThread());
    }

    /** The octets allocated since then, as far as it is known. */
    OptionalLong soFar() {
        if (TOTAL != null) {
            return OptionalLong.of(readTotal(TOTAL) - total);
        }
        Map<Long, Long> now = readPerThread();
        if (!now.keySet().containsAll(perThread.keySet())) {
            return OptionalLong.empty();
        }
        long grown = 0;
        for (Map.Entry<Long, Long> thread : now.entrySet()) {
            grown += thread.getValue() - perThread.getOrDefault(thread.getKey(), 0L);
        }
        return OptionalLong.of(grown);
    }

    private static Map<Long, Long> readPerThread() {
        long[] ids = THREADS.getAllThreadIds();
        long[] bytes = THREADS.getThreadAllocatedBytes(ids);
        Map<Long, Long> read = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            if (bytes[i] >= 0) {
                read.put(ids[i], bytes[i]);
            }
        }
        return read;
    }

    private static long readTotal(MethodHandle handle) {
        try {
            return (long) handle.invoke(THREADS);
        } catch (Throwable e) {
            throw new IllegalStateException("the JVM does not count allocation", e);
        }
    }

    /** By method handle, since release 17 does not know the method. */
    private static @Nullable MethodHandle total() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(ThreadMXBean.class, "getTotalThreadAllocatedBytes", MethodType.methodType(long.class));
        } catch (ReflectiveOperationException notThere) {
            return null;
        }
    }
}
