package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.Priority;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An adaptive limit before a simulated service of so many places: up to them a call takes its time, beyond them all calls share
 * them, and the latency grows with their number.
 */
class AdaptiveLimitTest {

    private final VirtualTime time = new VirtualTime();
    private final Random random = new Random(7);
    private ConcurrencyLimit limit = limit(1_000);

    private int places = 40;
    private double callNanos = 10_000_000;
    private int perSecond;
    private int inService;
    private int served;
    private int arrivals;
    private int greatest;
    private boolean refuses;

    private ConcurrencyLimit limit(int maxLimit) {
        ConcurrencyPolicy policy = ConcurrencyPolicy.builder()
                .adaptive()
                .maxLimit(maxLimit)
                .withoutShares()
                .build();
        return new ConcurrencyLimit("users", policy, time, time, time);
    }

    /** Offers so many calls a second from now on, for so long; the counts begin anew. */
    private void load(int callsPerSecond, Duration length) {
        perSecond = callsPerSecond;
        served = 0;
        greatest = 0;
        long mine = ++arrivals;
        arrive((int) mine);
        time.advance(length);
    }

    private void arrive(int run) {
        if (run != arrivals) {
            return;
        }
        time.schedule(() -> arrive(run), Duration.ofNanos((long) (1e9 / perSecond * (0.5 + random.nextDouble()))));
        long permit = limit.tryAcquire(Priority.NORMAL, time.nanoTime());
        greatest = Math.max(greatest, limit.limit());
        if (permit != ConcurrencyLimit.REFUSED) {
            inService++;
            time.schedule(() -> leave(permit), Duration.ofNanos((long) latency()));
        }
    }

    private double latency() {
        return callNanos * Math.max(1, (double) inService / places) * (0.8 + 0.4 * random.nextDouble());
    }

    private void leave(long permit) {
        inService--;
        served++;
        if (refuses) {
            limit.onDropped(permit, time.nanoTime());
        } else {
            limit.onSuccess(permit, time.nanoTime());
        }
    }

    @Test
    void mildSteadyOverload_doesNotLetTheLimitGrowWithoutBound() {
        load(4_800, Duration.ofMinutes(5));

        assertThat(greatest).as("places x tolerance, and a little").isLessThan(80);
        assertThat(limit.limit()).isGreaterThanOrEqualTo(20);
        assertThat(limit.status().idleLatency()).isBetween(Duration.ofMillis(9), Duration.ofMillis(13));
        assertThat(served).as("what 40 places can do").isGreaterThan((int) (0.96 * 4_000 * 300));
    }

    @Test
    void theSameOverload_drivesALimitThatComparesWithAnAverageToItsMaximum() {
        double drifting = 20;
        double longNanos = 0;
        for (int call = 0; call < 200_000; call++) {
            inService = (int) drifting;
            double latency = latency();
            longNanos = longNanos == 0 ? latency : longNanos + (latency - longNanos) * 2 / 601;
            double gradient = Math.max(0.5, Math.min(1, 1.5 * longNanos / latency));
            drifting = Math.min(1_000, 0.8 * drifting + 0.2 * (drifting * gradient + 4));
        }
        assertThat(drifting).isGreaterThan(900);
    }

    @Test
    void lostCapacity_shrinksTheLimit_andItGrowsBackAfterwards() {
        load(4_800, Duration.ofMinutes(1));
        int before = limit.limit();

        places = 10;
        load(4_800, Duration.ofSeconds(20));
        assertThat(limit.limit()).isBetween(5, 20);
        assertThat(served).as("no less than the rest can do").isGreaterThan((int) (0.9 * 1_000 * 20));

        places = 40;
        load(4_800, Duration.ofSeconds(40));
        assertThat(limit.limit()).isBetween(before / 2, 80);
        load(4_800, Duration.ofMinutes(1));
        assertThat(served).isGreaterThan((int) (0.95 * 4_000 * 60));
    }

    @Test
    void serviceThatBecomesSlowerForGood_getsItsLimitBack() {
        load(4_800, Duration.ofMinutes(1));

        callNanos = 40_000_000;
        load(1_200, Duration.ofMinutes(2));

        assertThat(limit.status().idleLatency()).isGreaterThan(Duration.ofMillis(35));
        load(1_200, Duration.ofMinutes(1));
        assertThat(served).as("what 40 places can do").isGreaterThan((int) (0.93 * 1_000 * 60));
    }

    @Test
    void fewCalls_teachASlowerServiceToo() {
        load(4, Duration.ofMinutes(1));
        callNanos = 40_000_000;
        load(4, Duration.ofMinutes(2));
        assertThat(limit.status().idleLatency()).isGreaterThan(Duration.ofMillis(35));
    }

    @Test
    void overloadFromTheVeryFirstCall_isNotTakenForTheLatencyWithoutLoad() {
        places = 8;
        load(5_000, Duration.ofMinutes(1));

        assertThat(limit.status().idleLatency()).isLessThan(Duration.ofMillis(13));
        assertThat(limit.limit()).isLessThanOrEqualTo(16);
    }

    @Test
    void lightLoad_growsNothing() {
        load(500, Duration.ofMinutes(2));
        assertThat(greatest).isEqualTo(20);
        assertThat(limit.limit()).isEqualTo(20);
    }

    @Test
    void loadThatFits_isGivenAsMuchAsItUses() {
        places = 150;
        limit = limit(200);
        load(10_000, Duration.ofMinutes(1));
        load(10_000, Duration.ofSeconds(30));
        assertThat(limit.limit()).isGreaterThan(100);
        assertThat(served).isGreaterThan((int) (0.97 * 10_000 * 30));
    }

    @Test
    void refusalsForOverload_shrinkTheLimitToItsLeast_andItRecovers() {
        load(4_000, Duration.ofSeconds(5));
        refuses = true;
        load(4_000, Duration.ofSeconds(10));
        assertThat(limit.limit()).isEqualTo(5);

        refuses = false;
        load(4_000, Duration.ofMinutes(1));
        assertThat(limit.limit()).isGreaterThan(30);
    }

    @Test
    void callsThatHang_doNotHoldAProbeForEver() {
        limit = limit(40);
        load(6_000, Duration.ofSeconds(20));
        assertThat(limit.limit()).isEqualTo(40);
        for (int i = 0; i < 30; i++) {
            place(time.nanoTime());
        }
        int whole = 0;
        for (int second = 0; second < 60; second++) {
            load(900, Duration.ofSeconds(1));
            whole += limit.limit() > 28 ? 1 : 0;
        }
        assertThat(whole).isBetween(50, 59);
        assertThat(inService).isLessThan(40);
    }

    /** Takes a permit that is never given back, as soon as there is one. */
    private void place(long nowNanos) {
        while (limit.tryAcquire(Priority.NORMAL, nowNanos) == ConcurrencyLimit.REFUSED) {
            time.advance(Duration.ofMillis(1));
        }
    }

    @Test
    void update_keepsWhatWasLearned() {
        load(4_800, Duration.ofMinutes(1));
        Duration idle = limit.status().idleLatency();
        int learned = limit.limit();

        limit.update(ConcurrencyPolicy.builder()
                .adaptive()
                .maxLimit(500)
                .withoutShares()
                .build());
        assertThat(limit.limit()).isEqualTo(learned);
        assertThat(limit.status().idleLatency()).isEqualTo(idle);

        limit.update(ConcurrencyPolicy.builder().adaptive().maxLimit(25).build());
        assertThat(limit.limit()).isLessThanOrEqualTo(25);
        limit.update(ConcurrencyPolicy.fixed(3));
        assertThat(limit.limit()).isEqualTo(3);
        assertThat(limit.inFlight()).isEqualTo(inService);
    }

    @Test
    void eightThreads_onAnAdaptiveLimit_returnEveryPermitAndStayInRange() throws Exception {
        limit = limit(50);
        Parallel.run(8, thread -> {
            for (int i = 0; i < 250_000; i++) {
                long now = i * 10_000L;
                long permit = limit.tryAcquire(Priority.NORMAL, now);
                if (permit != ConcurrencyLimit.REFUSED) {
                    if (i % 1_000 == 0) {
                        limit.onDropped(permit, now);
                    } else {
                        limit.onSuccess(permit, now + i % 7 * 1_000_000L);
                    }
                }
                if (i % 5_000 == 0) {
                    assertThat(limit.limit()).isBetween(1, 50);
                }
            }
        });
        assertThat(limit.inFlight()).isZero();
        assertThat(limit.limit()).isBetween(2, 50);
    }
}
