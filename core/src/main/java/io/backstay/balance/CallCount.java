package io.backstay.balance;

/** Calls and failures in one word. */
final class CallCount {

    static final long SUCCESS = 1;
    static final long FAILURE = 1L << 32 | 1;

    private CallCount() {}

    static int calls(long word) {
        return (int) (word & Integer.MAX_VALUE);
    }

    static int failures(long word) {
        return (int) (word >>> 32);
    }
}
