package io.backstay.demo;

import java.time.Duration;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Numbers as people read them. */
final class Figures {

    private static final double MICROS_PER_MILLI = 1e3;
    private static final double MILLIS_PER_SECOND = 1e3;

    private Figures() {}

    /** A percentile of microseconds, in milliseconds; a dash where nothing was measured. */
    static String percentile(Histogram micros, double percentile) {
        return micros.getTotalCount() == 0 ? "-" : millis(micros.getValueAtPercentile(percentile));
    }

    /** Microseconds in milliseconds. */
    static String millis(long micros) {
        return String.format(Locale.ROOT, "%.1f", micros / MICROS_PER_MILLI);
    }

    /** Below a second in milliseconds. */
    static String seconds(Duration time) {
        return time.toSeconds() == 0
                ? time.toMillis() + " ms"
                : String.format(Locale.ROOT, "%.1f s", time.toMillis() / MILLIS_PER_SECOND);
    }

    /** Whole seconds without a fraction, parts of one in milliseconds. */
    static String plain(Duration time) {
        return time.toMillisPart() == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }

    /** A share in percent. */
    static String percent(long part, long whole) {
        return String.format(Locale.ROOT, "%.2f %%", whole == 0 ? 0 : 100.0 * part / whole);
    }
}
