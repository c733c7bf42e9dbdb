package io.backstay.balance;

import java.util.Arrays;

/**
 * Points of instances on a ring of hashes: a key belongs to the instance of the next point. When one comes or goes only the keys next
 * to its points move. The ring depends on names and weights alone, so that all processes agree on it. Immutable.
 */
final class HashRing {

    private static final int POINTS = 160;
    private static final int MOST_POINTS = 1 << 20;

    /** The upper bits of a point's hash, and its instance in the lower ones: sorted together without a box round each. */
    private final long[] points;

    private final int indexBits;

    /** By names of instances, and weights. */
    HashRing(String[] names, double[] weights) {
        int size = names.length;
        this.indexBits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(size - 1));
        double sum = Arrays.stream(weights).sum();
        double perWeight = sum == 0 ? 0 : Math.min((double) POINTS * size, MOST_POINTS) / sum;
        int[] counts = new int[size];
        int total = 0;
        for (int i = 0; i < size; i++) {
            counts[i] = (int) Math.max(1, Math.rint(weights[i] * perWeight));
            total += counts[i];
        }
        this.points = new long[total];
        int next = 0;
        for (int i = 0; i < size; i++) {
            long name = Hashing.of(names[i]);
            for (int k = 0; k < counts[i]; k++) {
                points[next++] = position(Hashing.mix(name + k * 0x9e3779b97f4a7c15L)) << indexBits | i;
            }
        }
        Arrays.sort(points);
    }

    private long position(long hash) {
        return hash >>> (indexBits + 1);
    }

    /** Where a key's walk round the ring begins. */
    int first(long keyHash) {
        int found = Arrays.binarySearch(points, position(Hashing.mix(keyHash)) << indexBits);
        return found >= 0 ? found : -found - 1;
    }

    /** Whose the so many-th point is; goes round. */
    int owner(int point) {
        int index = point % points.length;
        return (int) (points[index] & (1L << indexBits) - 1);
    }

    int points() {
        return points.length;
    }
}
