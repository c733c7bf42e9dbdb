package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.ConfigurationException;
import io.backstay.HedgePolicy;
import io.backstay.Priority;
import io.backstay.RatePolicy;
import io.backstay.RetryBudgetPolicy;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LimitPolicyTest {

    private static void refused(ThrowingCallable misuse, String... partsOfTheMessage) {
        assertThatThrownBy(misuse)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(partsOfTheMessage);
    }

    @Test
    void retryBudget_refusesWhatIsOutOfRange() {
        refused(() -> RetryBudgetPolicy.builder().percent(-0.1), "retry.budget-percent cannot be -0.1", "0.0 to 100.0");
        refused(() -> RetryBudgetPolicy.builder().percent(100.5), "retry.budget-percent cannot be 100.5");
        refused(() -> RetryBudgetPolicy.builder().percent(Double.NaN), "retry.budget-percent cannot be NaN");
        refused(() -> RetryBudgetPolicy.builder().minPerSecond(-1), "retry.budget-min-per-second cannot be -1");
    }

    @Test
    void hedge_refusesWhatIsOutOfRange() {
        refused(() -> HedgePolicy.builder().fixedDelay(Duration.ZERO), "hedge.delay cannot be 0 s", "from 1 ms to");
        refused(() -> HedgePolicy.builder().fixedDelay(Duration.ofMillis(-3)), "hedge.delay cannot be -3 ms");
        refused(() -> HedgePolicy.builder().minDelay(Duration.ZERO), "hedge.min-delay cannot be 0 s");
        refused(() -> HedgePolicy.builder().percentile(100), "hedge.percentile cannot be 100.0", "50.0 to 99.9");
        refused(() -> HedgePolicy.builder().maxExtraAttempts(0), "hedge.max-extra-attempts cannot be 0", "1 to 5");
        refused(() -> HedgePolicy.builder().budgetPercent(101), "hedge.budget-percent cannot be 101.0");
    }

    @Test
    void hedge_isOffUntilAskedFor() {
        assertThat(HedgePolicy.off().enabled()).isFalse();
        assertThat(HedgePolicy.off().toBuilder().build().enabled()).isTrue();
        assertThat(HedgePolicy.standard().percentile()).isEqualTo(95);
        assertThat(HedgePolicy.standard().fixedDelay()).isEmpty();
        assertThat(HedgePolicy.standard().minDelay()).isEqualTo(Duration.ofMillis(1));
        assertThat(HedgePolicy.standard().maxExtraAttempts()).isEqualTo(1);
        assertThat(HedgePolicy.standard().budget()).hasToString("RetryBudgetPolicy[5.0 % of calls + 0/s]");
        HedgePolicy fixed =
                HedgePolicy.builder().fixedDelay(Duration.ofMillis(30)).build();
        assertThat(fixed.toBuilder().build()).hasToString(fixed.toString());
        assertThat(fixed.fixedDelay()).hasValue(Duration.ofMillis(30));
    }

    @Test
    void concurrency_refusesWhatIsOutOfRange() {
        refused(() -> ConcurrencyPolicy.fixed(0), "concurrency.limit cannot be 0; allowed: from 1 to 30000");
        refused(() -> ConcurrencyPolicy.fixed(30_001), "concurrency.limit");
        refused(() -> ConcurrencyPolicy.builder().minLimit(0), "concurrency.min cannot be 0");
        refused(() -> ConcurrencyPolicy.builder().maxLimit(0), "concurrency.max cannot be 0");
        refused(() -> ConcurrencyPolicy.builder().smoothing(0), "concurrency.smoothing cannot be 0.0");
        refused(() -> ConcurrencyPolicy.builder().tolerance(2.1), "concurrency.tolerance cannot be 2.1", "1.0 to 2.0");
        refused(() -> ConcurrencyPolicy.builder().maxWaiting(-1), "concurrency.max-waiting cannot be -1");
        refused(() -> ConcurrencyPolicy.builder().share(Priority.LOW, 101), "concurrency.share-low cannot be 101.0");
        refused(
                () -> ConcurrencyPolicy.builder().share(Priority.CRITICAL, 80).build(),
                "concurrency.share-",
                "cannot be 110.0 together",
                "up to 100.0");
        refused(
                () -> ConcurrencyPolicy.builder().adaptive().maxLimit(10).build(),
                "concurrency.initial cannot be 20",
                "concurrency.min 5 to concurrency.max 10");
    }

    @Test
    void rate_refusesWhatIsOutOfRange() {
        refused(() -> RatePolicy.perSecond(0), "rate.per-second cannot be 0.0; allowed: from 0.001 to");
        refused(() -> RatePolicy.perSecond(Double.NaN), "rate.per-second cannot be NaN");
        refused(() -> RatePolicy.builder().burst(0), "rate.burst cannot be 0");
        refused(() -> RatePolicy.builder().maxWaiting(-1), "rate.max-waiting cannot be -1");
    }

    @Test
    void aChangedCopy_keepsTheRest() {
        ConcurrencyPolicy policy = ConcurrencyPolicy.builder()
                .adaptive()
                .initialLimit(30)
                .minLimit(7)
                .maxLimit(90)
                .smoothing(0.3)
                .tolerance(1.2)
                .maxWaiting(4)
                .share(Priority.HIGH, 33)
                .build();
        assertThat(policy.toBuilder().build()).hasToString(policy.toString());

        RatePolicy rate =
                RatePolicy.builder().perSecond(3).burst(8).maxWaiting(2).build();
        assertThat(rate.toBuilder().build()).hasToString(rate.toString());
        assertThat(RatePolicy.perSecond(0.5).burst()).isEqualTo(1);

        RetryBudgetPolicy budget =
                RetryBudgetPolicy.builder().percent(7).minPerSecond(3).build();
        assertThat(budget.toBuilder().build()).hasToString(budget.toString());
    }
}
