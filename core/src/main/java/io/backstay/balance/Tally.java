package io.backstay.balance;

/** Calls and failures of an instance within a minute at most, from which its success rate is told. Used by one review at a time. */
final class Tally {

    private static final int MOST_REVIEWS = 12;

    private int calls;
    private int failures;
    private int reviews;

    void add(long callWord) {
        if (reviews >= MOST_REVIEWS) {
            clear();
        }
        calls += CallCount.calls(callWord);
        failures += CallCount.failures(callWord);
        reviews++;
    }

    int calls() {
        return calls;
    }

    double successRate() {
        return calls == 0 ? 1 : 1 - (double) failures / calls;
    }

    void clear() {
        calls = 0;
        failures = 0;
        reviews = 0;
    }
}
