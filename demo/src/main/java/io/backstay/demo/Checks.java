package io.backstay.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** What had to hold, and whether it did. */
final class Checks {

    /**
     * One of them.
     *
     * @param demand what had to hold
     * @param measured what was measured
     */
    record Check(String demand, String measured, boolean held) {}

    private final List<Check> all = new ArrayList<>();

    void add(String demand, String measured, boolean held) {
        all.add(new Check(demand, measured, held));
    }

    /** Something counted had to be so many at most. */
    void atMost(String demand, long counted, long allowed) {
        add(demand, Long.toString(counted), counted <= allowed);
    }

    void print(PrintStream out) {
        int width =
                all.stream().mapToInt(check -> check.demand().length()).max().orElse(0);
        for (Check check : all) {
            String padding = " ".repeat(width - check.demand().length());
            out.println("  " + (check.held() ? "ok    " : "FAILED") + "  " + check.demand() + padding + "  "
                    + check.measured());
        }
        long failed = all.stream().filter(check -> !check.held()).count();
        out.println(failed == 0 ? "All " + all.size() + " held." : failed + " of " + all.size() + " did not hold.");
    }

    /** {@link Demo#HELD} only when there were checks and all held. */
    int status() {
        return !all.isEmpty() && all.stream().allMatch(Check::held) ? Demo.HELD : Demo.FAILED;
    }
}
