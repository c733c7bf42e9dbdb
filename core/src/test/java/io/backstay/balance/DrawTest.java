package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.ServiceInstance;
import io.backstay.spi.RandomSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class DrawTest {

    private static final int DRAWS = 400_000;

    private final Tuning tuning = new Tuning(BalancePolicy.standard());
    private final RandomSource random = RandomSource.seeded(5);

    private Draw draw(double... weights) {
        return new Draw(members(weights));
    }

    private List<Member> members(double... weights) {
        return IntStream.range(0, weights.length)
                .mapToObj(i -> {
                    ServiceInstance instance = PoolFixture.instance(PoolFixture.name(i))
                            .weight(weights[i])
                            .build();
                    return new Member(instance, null, tuning);
                })
                .toList();
    }

    private double[] shares(Draw draw) {
        double[] shares = new double[draw.size()];
        for (int i = 0; i < DRAWS; i++) {
            shares[draw.next(random, 0)] += 1.0 / DRAWS;
        }
        return shares;
    }

    @Test
    void draws_areAsOftenAsTheWeightsSay() {
        Random weights = new Random(3);
        for (int round = 0; round < 10; round++) {
            double[] given = weights.doubles(1 + weights.nextInt(20), 0.01, 10).toArray();
            double sum = Arrays.stream(given).sum();

            assertThat(shares(draw(given)))
                    .as("round %d", round)
                    .containsExactly(
                            Arrays.stream(given).map(each -> each / sum).toArray(), within(0.005));
        }
    }

    @Test
    void evenWeights_areDrawnEvenly() {
        assertThat(shares(draw(2, 2, 2, 2))).containsExactly(new double[] {0.25, 0.25, 0.25, 0.25}, within(0.005));
    }

    @Test
    void oneWeightAmongZeros_isDrawnAlone() {
        assertThat(shares(draw(0, 3, 0))[1]).isEqualTo(1, within(1e-9));
    }

    @Test
    void second_amongEven_isAnother_eachAsOften() {
        Draw draw = draw(1, 1, 1, 1);
        int[] counts = new int[4];
        for (int i = 0; i < DRAWS; i++) {
            counts[draw.second(2, random, 0)]++;
        }

        assertThat(counts[2]).isZero();
        assertThat(counts[0]).isCloseTo(DRAWS / 3, within(DRAWS / 100));
        assertThat(counts[3]).isCloseTo(DRAWS / 3, within(DRAWS / 100));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.9})
    void share_isHowOftenOneIsDrawnBesideOthers(double share) {
        List<Member> members = members(1, 1, 1);
        members.get(0).health(share);
        double[] shares = shares(new Draw(members));

        assertThat(shares[0] / shares[1]).isEqualTo(share, within(0.01));
    }

    @Test
    void share_thatIsSmallForAll_stillGivesOne() {
        List<Member> members = members(1, 1, 1);
        members.forEach(member -> member.health(0.001));

        assertThat(shares(new Draw(members))).doesNotContain(0);
    }
}
