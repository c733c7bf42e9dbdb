package io.backstay.guard;

import io.backstay.HedgePolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.backstay.guard.RetryBudget.REFUSED;
import static org.assertj.core.api.Assertions.assertThat;

class RetryBudgetTest {

    private static final RetryBudgetPolicy FIFTH =
            RetryBudgetPolicy.builder().percent(20).minPerSecond(0).build();

    private final VirtualTime time = new VirtualTime();

    private RetryBudget budget(RetryBudgetPolicy policy) {
        return new RetryBudget(policy, time);
    }

    private static void calls(RetryBudget budget, int times) {
        for (int i = 0; i < times; i++) {
            budget.onCall();
        }
    }

    private static int takeAll(RetryBudget budget) {
        int taken = 0;
        while (budget.tryAcquire() != REFUSED) {
            taken++;
        }
        return taken;
    }

    @Test
    void aHundredCalls_payForTwentyRetries() {
        RetryBudget budget = budget(FIFTH);
        calls(budget, 100);

        assertThat(takeAll(budget)).isEqualTo(20);
        assertThat(budget.status()).isEqualTo(new RetryBudgetStatus(100, 20, 0, 1));
    }

    @Test
    void floor_needsNoCalls_butIsNoMoreThanTenPerSecond() {
        RetryBudget budget = budget(RetryBudgetPolicy.standard());
        int taken = 0;
        for (int second = 0; second < 60; second++) {
            taken += takeAll(budget);
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(taken).isEqualTo(600);
    }

    @Test
    void deposits_expireWithTheWindow() {
        RetryBudget budget = budget(FIFTH);
        calls(budget, 1_000);
        time.advance(Duration.ofSeconds(9));
        assertThat(budget.status().available()).isEqualTo(200);

        time.advance(Duration.ofSeconds(1));
        assertThat(budget.status().available()).isZero();
        assertThat(budget.tryAcquire()).isEqualTo(REFUSED);
    }

    @Test
    void outage_multipliesTheLoadByNoMoreThanTheBudget() {
        RetryBudget budget = budget(RetryBudgetPolicy.standard());
        int calls = 0;
        int retries = 0;
        for (int millisecond = 0; millisecond < 60_000; millisecond++) {
            budget.onCall();
            calls++;
            for (int attempt = 2; attempt <= 3 && budget.tryAcquire() != REFUSED; attempt++) {
                retries++;
            }
            time.advance(Duration.ofMillis(1));
        }
        assertThat(retries).isBetween(calls / 5, calls / 5 + 700);
    }

    @Test
    void hedges_getOneInTwentyAndNothingBeforeThat() {
        RetryBudget budget = budget(HedgePolicy.standard().budget());
        calls(budget, 19);
        assertThat(budget.tryAcquire()).isEqualTo(REFUSED);

        calls(budget, 1);
        assertThat(takeAll(budget)).isEqualTo(1);
    }

    @Test
    void update_keepsCallsAndWithdrawals() {
        RetryBudget budget = budget(FIFTH);
        calls(budget, 100);
        for (int i = 0; i < 15; i++) {
            budget.tryAcquire();
        }

        budget.update(FIFTH.toBuilder().percent(10).build());
        assertThat(budget.tryAcquire()).isEqualTo(REFUSED);
        assertThat(budget.status().available()).isZero();

        budget.update(FIFTH.toBuilder().percent(50).build());
        assertThat(takeAll(budget)).isEqualTo(35);
    }

    @Test
    void retryThatWasNeverSent_isPutBackOnce() {
        RetryBudget budget = budget(FIFTH);
        calls(budget, 5);
        long permit = budget.tryAcquire();

        budget.giveBack(permit);
        budget.giveBack(permit);

        assertThat(budget.status().withdrawn()).isZero();
        assertThat(takeAll(budget)).isEqualTo(1);
    }

    @Test
    void permitPutBackAfterItsTime_makesNoSecondOne() {
        RetryBudget budget = budget(FIFTH);
        calls(budget, 5);
        long permit = budget.tryAcquire();
        time.advance(Duration.ofSeconds(10));
        calls(budget, 5);
        budget.tryAcquire();

        budget.giveBack(permit);

        assertThat(budget.tryAcquire()).isEqualTo(REFUSED);
        assertThat(budget.status().withdrawn()).isEqualTo(1);
    }

    @Test
    void timeThatStandsAtItsGreatestValue_isNoTrouble() {
        BudgetWindow window = new BudgetWindow(Long.MAX_VALUE - 5);
        window.addCall(Long.MAX_VALUE - 5 + Duration.ofSeconds(3).toNanos());

        long later = Long.MAX_VALUE - 5 + Duration.ofSeconds(12).toNanos();
        assertThat(window.sums(later).calls()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void decidesAsANaiveLedgerDoes(long seed) {
        Random random = new Random(seed);
        RetryBudgetPolicy policy = RetryBudgetPolicy.builder()
                .percent(random.nextInt(101))
                .minPerSecond(random.nextInt(3))
                .build();
        RetryBudget budget = budget(policy);
        Ledger ledger = new Ledger(policy);
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    budget.onCall();
                    ledger.calls.add(ledger.second());
                }
                case 2, 3 -> {
                    boolean expected = ledger.tryTake();
                    assertThat(budget.tryAcquire() != REFUSED)
                            .as("step %s", step)
                            .isEqualTo(expected);
                }
                default ->
                    time.advance(Duration.ofMillis(
                            random.nextInt(50) == 0 ? random.nextInt(30_000) : random.nextInt(1_000)));
            }
        }
        assertThat(budget.status().refused()).isEqualTo(ledger.refused).isPositive();
    }

    /** Every call and retry by the second, counted anew each time. */
    private final class Ledger {
        final RetryBudgetPolicy policy;
        final List<Long> calls = new ArrayList<>();
        final List<Long> taken = new ArrayList<>();
        long refused;

        Ledger(RetryBudgetPolicy policy) {
            this.policy = policy;
        }

        long second() {
            return time.nanoTime() / 1_000_000_000L;
        }

        boolean tryTake() {
            long oldest = second() - 9;
            calls.removeIf(each -> each < oldest);
            taken.removeIf(each -> each < oldest);
            if (taken.size() + 1 > calls.size() * policy.percent() / 100 + policy.minPerSecond() * 10) {
                refused++;
                return false;
            }
            taken.add(second());
            return true;
        }
    }

    @Test
    void eightThreads_takeExactlyWhatWasPaidIn() throws Exception {
        RetryBudget budget = budget(FIFTH);
        AtomicLong taken = new AtomicLong();
        Parallel.run(8, thread -> {
            long mine = 0;
            for (int i = 0; i < 250_000; i++) {
                budget.onCall();
                if (i % 2 == 0 && budget.tryAcquire() != REFUSED) {
                    mine++;
                }
            }
            taken.addAndGet(mine);
        });
        long late = takeAll(budget);

        assertThat(taken.get() + late).isEqualTo(400_000);
        assertThat(budget.status().calls()).isEqualTo(2_000_000);
        assertThat(budget.status().withdrawn()).isEqualTo(400_000);
    }

    @Test
    void eightThreads_overManyWindows_leaveNoRest() throws Exception {
        RetryBudget budget = budget(RetryBudgetPolicy.standard());
        Parallel.run(8, thread -> {
            for (int i = 0; i < 250_000; i++) {
                long now = i * 1_000_000L;
                budget.onCall(now);
                long permit = budget.tryAcquire(now);
                if (i % 3 == 0) {
                    budget.giveBack(permit, now);
                }
            }
        });
        time.advance(Duration.ofMinutes(10));

        assertThat(budget.status().calls()).isZero();
        assertThat(budget.status().withdrawn()).isZero();
        assertThat(takeAll(budget)).isEqualTo(100);
    }

    @Test
    void budgetThatWasIdleForLong_goesOnGivingItsFloor() {
        VirtualTime clock = new VirtualTime();
        RetryBudget budget = new RetryBudget(
                RetryBudgetPolicy.builder().percent(0).minPerSecond(1).build(), clock);
        clock.advance(Duration.ofMinutes(40));

        for (int second = 0; second < 40; second++) {
            assertThat(budget.tryAcquire()).as("second %s", second).isNotEqualTo(RetryBudget.REFUSED);
            clock.advance(Duration.ofSeconds(1));
        }
    }
}
