package io.backstay;

import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.util.List;
import java.util.stream.Stream;

/** Which monitors of this project and its libraries a thread holds while it runs the user's code. */
public final class HeldMonitors {

    private HeldMonitors() {}

    /** Those of this thread that are locked in code other than that of the test's runner. */
    public static List<String> ofThisThread() {
        long id = Thread.currentThread().getId();
        return Stream.of(ManagementFactory.getThreadMXBean()
                        .getThreadInfo(new long[] {id}, /* lockedMonitors= */ true, /* lockedSynchronizers= */ false)[0]
                        .getLockedMonitors())
                .filter(monitor -> isOurs(monitor.getLockedStackFrame()))
                .map(MonitorInfo::toString)
                .toList();
    }

    private static boolean isOurs(StackTraceElement frame) {
        return frame.getClassName().startsWith("io.backstay")
                || frame.getClassName().startsWith("dev.failsafe");
    }
}
