package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConfigurationException;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CircuitBreakersTest {

    private final VirtualTime time = new VirtualTime();

    private CircuitBreakers registry(int most) {
        return new CircuitBreakers(this::breaker, time, most, Duration.ofMinutes(10));
    }

    private CircuitBreaker breaker(String name) {
        return new CircuitBreaker(
                name,
                CircuitBreakerPolicy.rate(),
                time,
                time,
                RandomSource.seeded(1),
                (changed, from, to, reason) -> {});
    }

    private static void use(CircuitBreaker breaker) {
        breaker.onSuccess(breaker.tryAcquire());
    }

    @Test
    void sameName_isTheSameBreaker() {
        CircuitBreakers breakers = registry(10);

        assertThat(breakers.get("users")).isSameAs(breakers.get("users"));
        assertThat(breakers.find("users")).isPresent();
        assertThat(breakers.find("orders")).isEmpty();
        assertThat(breakers.all()).hasSize(1);
    }

    @Test
    void namesThatNeverComeAgain_doNotGrowItForever() {
        CircuitBreakers breakers = registry(1_000_000);
        for (int i = 0; i < 10_000; i++) {
            use(breakers.get("tenant-" + i));
            time.advance(Duration.ofMinutes(1));
        }
        assertThat(breakers.size()).isLessThan(30);
    }

    @Test
    void idle_isDropped_andWhatIsInUseStays() {
        CircuitBreakers breakers = registry(10);
        use(breakers.get("idle"));
        CircuitBreaker busy = breakers.get("busy");
        time.advance(Duration.ofMinutes(9));
        use(busy);
        assertThat(breakers.dropIdle()).isZero();
        time.advance(Duration.ofMinutes(2));

        assertThat(breakers.dropIdle()).isEqualTo(1);
        assertThat(breakers.all()).containsExactly(busy);
    }

    @Test
    void whatWouldBeMissed_stays() {
        CircuitBreakers breakers = registry(10);
        breakers.get("forced").forceOpen();
        breakers.get("disabled").disable();
        long hanging = breakers.get("hanging").tryAcquire();
        breakers.get("open")
                .restore(new BreakerSnapshot(BreakerState.OPEN, Duration.ofSeconds(30), 1, 1, Duration.ZERO));
        time.advance(Duration.ofDays(1));

        assertThat(breakers.dropIdle()).isZero();
        assertThat(breakers.get("open").state()).isEqualTo(BreakerState.HALF_OPEN);
        breakers.get("hanging").onIgnored(hanging);
        time.advance(Duration.ofHours(1));
        assertThat(breakers.dropIdle()).isEqualTo(1);
    }

    @Test
    void full_makesRoomByDroppingWhatIsIdle() {
        CircuitBreakers breakers = registry(2);
        breakers.get("one");
        breakers.get("two");
        assertThatThrownBy(() -> breakers.get("three"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("breakers.max");

        time.advance(Duration.ofMinutes(11));
        assertThat(breakers.get("three").name()).isEqualTo("three");
        assertThat(breakers.size()).isEqualTo(1);
    }

    @Test
    void outOfRange_isRefused() {
        assertThatThrownBy(() -> registry(0))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("breakers.max cannot be 0; allowed: from 1 to 1000000");
        assertThatThrownBy(() -> new CircuitBreakers(this::breaker, time, 1, Duration.ZERO))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("breakers.idle-time");
    }

    @Test
    void eightThreads_askingForOneName_getOneBreaker() throws Exception {
        for (int round = 0; round < 100; round++) {
            CircuitBreakers breakers = registry(10);
            Set<CircuitBreaker> seen = ConcurrentHashMap.newKeySet();
            Parallel.run(8, thread -> seen.add(breakers.get("users")));
            assertThat(seen).hasSize(1);
        }
    }

    @Test
    void breakerWhoseStatusIsReadEveryMinute_isIdleAllTheSame() {
        CircuitBreakers breakers = registry(10);
        CircuitBreaker breaker = breakers.get("users");
        use(breaker);
        for (int minute = 0; minute < 60; minute++) {
            time.advance(Duration.ofMinutes(1));
            assertThat(breaker.status().state()).isEqualTo(BreakerState.CLOSED);
        }

        assertThat(breakers.dropIdle()).isOne();
    }
}
