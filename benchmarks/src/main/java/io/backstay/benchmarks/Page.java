package io.backstay.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A page of results in the making, line by line, and how values stand on it. */
final class Page {

    private final List<String> lines = new ArrayList<>();

    /** An empty line. */
    void line() {
        lines.add("");
    }

    void line(String format, Object... values) {
        lines.add(text(format, values));
    }

    String text() {
        return String.join("\n", lines) + "\n";
    }

    /** The mean decides; where the interval holds the limit it is said that it decides little. */
    static String verdict(Ratio ratio, double asked) {
        String word = ratio.mean() <= asked ? "met" : text("missed by %.1f points", 100 * (ratio.mean() - asked));
        boolean certain = ratio.high() <= asked || ratio.low() > asked;
        return certain ? word : word + ", but the interval holds the limit";
    }

    static String interval(Ratio ratio) {
        return text("%s (%s to %s)", percent(ratio.mean()), percent(ratio.low()), percent(ratio.high()));
    }

    /** What a ratio adds. */
    static String percent(double ratio) {
        return text("%.1f %%", 100 * (ratio - 1));
    }

    /** Error Prone's annotation for such a method would be a dependency of its own. */
    @SuppressWarnings("AnnotateFormatMethod")
    static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
