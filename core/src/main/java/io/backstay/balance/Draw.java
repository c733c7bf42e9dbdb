package io.backstay.balance;

import io.backstay.spi.Balancer.Candidate;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Draws candidates by chance, each as often as its weight and its present share say, in the same time however many there are. Weights
 * that differ make an alias table; a share below 1 has the candidate passed over that often. Immutable, so thread-safe.
 */
final class Draw {

    private static final long LOW = 0xffffffffL;
    /** However small all shares are, this many draws end it. */
    private static final int MOST_TRIES = 16;

    private static final int MOST_SECOND_TRIES = 4;

    private final Candidate[] all;
    /** Of 2 to the power of 32, how much of each cell is its own; null where all weights are the same. */
    private final int @Nullable [] own;
    /** Whose the rest of each cell is. */
    private final int[] other;

    Draw(List<? extends Candidate> candidates) {
        this.all = candidates.toArray(Candidate[]::new);
        boolean even = isEven(all);
        this.own = even ? null : new int[all.length];
        this.other = even ? new int[0] : new int[all.length];
        if (own != null) {
            fill(own, other);
        }
    }

    private static boolean isEven(Candidate[] all) {
        double first = all[0].instance().weight();
        for (Candidate each : all) {
            if (Double.compare(each.instance().weight(), first) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Vose's method: cells that are not full are filled up from those that overflow. */
    private void fill(int[] ownParts, int[] others) {
        int size = all.length;
        double sum = 0;
        for (Candidate each : all) {
            sum += each.instance().weight();
        }
        double[] scaled = new double[size];
        int[] small = new int[size];
        int[] large = new int[size];
        int smalls = 0;
        int larges = 0;
        for (int i = 0; i < size; i++) {
            scaled[i] = all[i].instance().weight() * size / sum;
            if (scaled[i] < 1) {
                small[smalls++] = i;
            } else {
                large[larges++] = i;
            }
        }
        while (smalls > 0 && larges > 0) {
            int little = small[--smalls];
            int much = large[larges - 1];
            ownParts[little] = part(scaled[little]);
            others[little] = much;
            scaled[much] -= 1 - scaled[little];
            if (scaled[much] < 1) {
                larges--;
                small[smalls++] = much;
            }
        }
        // What rounding has left is full.
        for (int i = 0; i < larges; i++) {
            fillUp(ownParts, others, large[i]);
        }
        for (int i = 0; i < smalls; i++) {
            fillUp(ownParts, others, small[i]);
        }
    }

    private static void fillUp(int[] ownParts, int[] others, int cell) {
        ownParts[cell] = (int) LOW;
        others[cell] = cell;
    }

    private static int part(double share) {
        return (int) (long) (share * LOW);
    }

    int size() {
        return all.length;
    }

    Candidate get(int index) {
        return all[index];
    }

    /** One of all, by weight and share. */
    int next(RandomGenerator random, long nowNanos) {
        int drawn = by(random.nextLong());
        for (int i = 0; i < MOST_TRIES && !isGiven(drawn, random, nowNanos); i++) {
            drawn = by(random.nextLong());
        }
        return drawn;
    }

    /**
     * A second one to compare the first with: another one where all weights are the same, else by weight and so perhaps the first again,
     * lest a heavy one be compared with a light one most of the time and the weight count for nothing. The first again, too, where the
     * shares of the others are small.
     */
    int second(int first, RandomGenerator random, long nowNanos) {
        int tries = Math.min(all.length - 1, MOST_SECOND_TRIES);
        for (int i = 0; i < tries; i++) {
            long bits = random.nextLong();
            int drawn = own == null ? evenlyBut(first, bits) : by(bits);
            if (drawn == first || isGiven(drawn, random, nowNanos)) {
                return drawn;
            }
        }
        return first;
    }

    private boolean isGiven(int index, RandomGenerator random, long nowNanos) {
        double share = all[index].share(nowNanos);
        return share >= 1 || random.nextDouble() < share;
    }

    private int by(long bits) {
        int cell = below(all.length, bits >>> 32);
        return own == null || (bits & LOW) <= (own[cell] & LOW) ? cell : other[cell];
    }

    private int evenlyBut(int taken, long bits) {
        int drawn = below(all.length - 1, bits >>> 32);
        return drawn < taken ? drawn : drawn + 1;
    }

    /** From 32 bits of chance a number below a bound. */
    private static int below(int bound, long bits) {
        return (int) ((bits * bound) >>> 32);
    }
}
