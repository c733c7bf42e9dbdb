package io.backstay.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class SmoothScheduleTest {

    /** As published, turn by turn. */
    private static List<Integer> naive(int[] weights, int turns) {
        long sum = Arrays.stream(weights).asLongStream().sum();
        long[] current = new long[weights.length];
        List<Integer> taken = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
            int best = -1;
            for (int i = 0; i < weights.length; i++) {
                current[i] += weights[i];
                if (best < 0 || current[i] > current[best]) {
                    best = i;
                }
            }
            current[best] -= sum;
            taken.add(best);
        }
        return taken;
    }

    private static List<Integer> schedule(double[] weights, int turns) {
        SmoothSchedule schedule = SmoothSchedule.of(weights);
        return IntStream.range(0, turns).map(schedule::at).boxed().toList();
    }

    @ParameterizedTest
    @CsvSource({
        "5 1 1, aabacaa",
        "1 1 1, abcabc",
        "0.5 0.1 0.1, aabacaa",
        "50 10 10, aabacaa",
        "4 2 1, abacaba",
        "1 3, babb",
        "7, aaaa"
    })
    void turns_areAsPublished(String weights, String turns) {
        double[] numbers = Arrays.stream(weights.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();

        assertThat(schedule(numbers, turns.length()).stream()
                        .map(PoolFixture::name)
                        .collect(Collectors.joining()))
                .isEqualTo(turns);
    }

    @Test
    void turns_ofAnyWholeWeights_areThoseOfTheNaiveWay() {
        Random random = new Random(11);
        for (int round = 0; round < 300; round++) {
            int[] weights = random.ints(1 + random.nextInt(12), 1, 1 + random.nextInt(30) + 1)
                    .toArray();
            int turns = 3 * Arrays.stream(weights).sum();

            assertThat(schedule(Arrays.stream(weights).asDoubleStream().toArray(), turns))
                    .as("round %d, weights %s", round, Arrays.toString(weights))
                    .isEqualTo(naive(weights, turns));
        }
    }

    @Test
    void turns_ofAThousand_areThoseOfTheNaiveWay() {
        int[] weights = new Random(3).ints(1_000, 1, 11).toArray();
        int turns = Arrays.stream(weights).sum();

        assertThat(schedule(Arrays.stream(weights).asDoubleStream().toArray(), turns))
                .isEqualTo(naive(weights, turns));
    }

    @Test
    void weightsTooFineForATable_areMadeCoarser_andKeepTheirShares() {
        double[] weights = new Random(5).doubles(20_000, 1, 100).toArray();
        SmoothSchedule schedule = SmoothSchedule.of(weights);
        double[] turns = new double[weights.length];
        int rounds = 2_000_000;
        for (int i = 0; i < rounds; i++) {
            turns[schedule.at(i)]++;
        }

        double heavy = 0;
        double light = 0;
        double heavyWeights = 0;
        double lightWeights = 0;
        for (int i = 0; i < weights.length; i++) {
            boolean isHeavy = weights[i] > 50;
            heavy += isHeavy ? turns[i] : 0;
            light += isHeavy ? 0 : turns[i];
            heavyWeights += isHeavy ? weights[i] : 0;
            lightWeights += isHeavy ? 0 : weights[i];
        }
        assertThat(turns).doesNotContain(0);
        assertThat(heavy / light).isBetween(0.9 * heavyWeights / lightWeights, 1.1 * heavyWeights / lightWeights);
    }

    @Test
    void turn_beyondTheGreatestNumber_goesOn() {
        SmoothSchedule schedule = SmoothSchedule.of(new double[] {5, 1, 1});

        assertThat(IntStream.range(0, 100).map(i -> schedule.at(Integer.MAX_VALUE - 50 + i)))
                .allMatch(index -> index >= 0 && index < 3);
    }

    @Test
    void weightsOfZero_takeTurnsToo() {
        assertThat(schedule(new double[] {0, 0}, 4)).containsExactly(0, 1, 0, 1);
    }
}
