package io.backstay.balance;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

import static java.util.Objects.requireNonNull;

/**
 * The order of turns in smooth weighted round robin, as nginx has it: at each turn everybody gains its weight, whoever has most takes the
 * turn and pays the sum of all weights; for weights 5, 1, 1 that is a a b a c a a. Immutable.
 *
 * <p>Done turn by turn that takes as long as there are instances. But instances of one weight take their turns one after the other, so the
 * order among weights is worked out beforehand, once round; a turn is then a look into a table. Weights that would make it too long are
 * made coarser.
 */
final class SmoothSchedule {

    private static final int MOST_TURNS = 1 << 20;
    /** Turns times different weights. */
    private static final long MOST_WORK = 1L << 21;
    /** Greatest weight where weights are made whole, from the finest to the coarsest. */
    private static final int[] SCALES = {1_000, 100, 20, 5, 1};

    private static final double WHOLE = 1e-9;

    private final int size;
    /** Whose each turn is; null where all weights are the same and turns go round in order. */
    private final int @Nullable [] turns;

    private SmoothSchedule(int size, int @Nullable [] turns) {
        this.size = size;
        this.turns = turns;
    }

    static SmoothSchedule of(double[] weights) {
        for (int scale : SCALES) {
            int[] whole = whole(weights, scale);
            if (isEven(whole)) {
                return new SmoothSchedule(weights.length, null);
            }
            Map<Integer, int[]> classes = classes(whole);
            long sum = Arrays.stream(whole).asLongStream().sum();
            if (sum <= MOST_TURNS && sum * classes.size() <= MOST_WORK) {
                return new SmoothSchedule(weights.length, turns(classes, (int) sum));
            }
        }
        return new SmoothSchedule(weights.length, null);
    }

    /** Whose this turn is; turns go round, beyond the greatest number too. */
    int at(int turn) {
        return turns == null
                ? Integer.remainderUnsigned(turn, size)
                : turns[Integer.remainderUnsigned(turn, turns.length)];
    }

    /** As they are where they are whole, multiples of the smallest where they are such, else parts of the scale; all divided alike. */
    private static int[] whole(double[] weights, int scale) {
        double most = Arrays.stream(weights).max().orElse(1);
        double least = Arrays.stream(weights).filter(weight -> weight > 0).min().orElse(1);
        double unit = most / scale;
        if (most <= scale && areMultiples(weights, 1)) {
            unit = 1;
        } else if (most <= scale * least && areMultiples(weights, least)) {
            unit = least;
        }
        int[] whole = new int[weights.length];
        int divisor = 0;
        for (int i = 0; i < whole.length; i++) {
            whole[i] = unit == 0 ? 1 : (int) Math.max(1, Math.rint(weights[i] / unit));
            divisor = divisor(whole[i], divisor);
        }
        for (int i = 0; i < whole.length; i++) {
            whole[i] /= divisor;
        }
        return whole;
    }

    private static boolean areMultiples(double[] weights, double unit) {
        return Arrays.stream(weights).allMatch(weight -> Math.abs(weight / unit - Math.rint(weight / unit)) < WHOLE);
    }

    private static int divisor(int one, int other) {
        return other == 0 ? one : divisor(other, one % other);
    }

    private static boolean isEven(int[] weights) {
        return Arrays.stream(weights).allMatch(weight -> weight == weights[0]);
    }

    /** By weight, the instances that have it, in their order. */
    private static Map<Integer, int[]> classes(int[] weights) {
        Map<Integer, Integer> counts = new LinkedHashMap<>();
        for (int weight : weights) {
            counts.merge(weight, 1, Integer::sum);
        }
        Map<Integer, int[]> classes = new LinkedHashMap<>();
        counts.forEach((weight, count) -> classes.put(weight, new int[count]));
        for (int i = weights.length - 1; i >= 0; i--) {
            int left = counts.merge(weights[i], -1, Integer::sum);
            requireNonNull(classes.get(weights[i]))[left] = i;
        }
        return classes;
    }

    /** Of a class, the next in its order stands for all: it has taken the fewest turns. */
    private static int[] turns(Map<Integer, int[]> classes, int sum) {
        int[] weights = classes.keySet().stream().mapToInt(Integer::intValue).toArray();
        int[][] members = classes.values().toArray(int[][]::new);
        int[] taken = new int[weights.length];
        int[] turns = new int[sum];
        for (int turn = 0; turn < sum; turn++) {
            int best = 0;
            long most = Long.MIN_VALUE;
            for (int i = 0; i < weights.length; i++) {
                long balance = (turn + 1L) * weights[i] - (long) sum * (taken[i] / members[i].length);
                if (balance > most
                        || (balance == most && next(members[i], taken[i]) < next(members[best], taken[best]))) {
                    best = i;
                    most = balance;
                }
            }
            turns[turn] = next(members[best], taken[best]);
            taken[best]++;
        }
        return turns;
    }

    private static int next(int[] members, int taken) {
        return members[taken % members.length];
    }
}
