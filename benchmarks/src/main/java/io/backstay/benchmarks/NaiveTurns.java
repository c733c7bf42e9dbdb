package io.backstay.benchmarks;

/** Smooth weighted round robin as it was published: each turn goes through all. Not thread-safe. */
final class NaiveTurns {

    private int[] weights = {1};
    private int[] current = {0};
    private int sum = 1;

    /** From 1 up to the greatest in turn. */
    void weights(int size, int greatest) {
        weights = new int[size];
        current = new int[size];
        sum = 0;
        for (int i = 0; i < size; i++) {
            weights[i] = 1 + i % greatest;
            sum += weights[i];
        }
    }

    int next() {
        int best = 0;
        for (int i = 0; i < weights.length; i++) {
            current[i] += weights[i];
            if (current[i] > current[best]) {
                best = i;
            }
        }
        current[best] -= sum;
        return best;
    }
}
