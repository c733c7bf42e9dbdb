package io.backstay;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BalancePolicyTest {

    private static void refused(ThrowingCallable building, String... words) {
        assertThatThrownBy(building).isInstanceOf(ConfigurationException.class).hasMessageContainingAll(words);
    }

    @Test
    void whatIsOutOfRange_isRefusedWithTheSettingsName() {
        refused(() -> BalancePolicy.builder().balancer(" "), "balancer");
        refused(() -> BalancePolicy.builder().decay(Duration.ZERO), "balancer.decay", "100 ms");
        refused(() -> BalancePolicy.builder().slowStart(Duration.ofSeconds(-1)), "balancer.slow-start");
        refused(() -> BalancePolicy.builder().loadBound(1), "balancer.load-bound", "1.05");
        refused(() -> BalancePolicy.builder().loadBound(-1), "balancer.load-bound");
        refused(() -> BalancePolicy.builder().loadBound(Double.NaN), "balancer.load-bound");
        refused(() -> BalancePolicy.builder().panicPercent(101), "balancer.panic-percent");
        refused(() -> BalancePolicy.builder().spillPercent(0), "balancer.spill-percent");
        refused(() -> BalancePolicy.builder().keyHeader("a b"), "balancer.key-header");
        refused(() -> EjectionPolicy.builder().consecutiveFailures(0), "ejection.consecutive-failures");
        refused(() -> EjectionPolicy.builder().deviations(-0.1), "ejection.deviations");
        refused(() -> EjectionPolicy.builder().minimumInstances(2), "ejection.minimum-instances");
        refused(() -> EjectionPolicy.builder().minimumCalls(1), "ejection.minimum-calls");
        refused(() -> EjectionPolicy.builder().time(Duration.ZERO), "ejection.time");
        refused(() -> EjectionPolicy.builder().maxTime(Duration.ofDays(2)), "ejection.max-time");
        refused(() -> EjectionPolicy.builder().maxPercent(-1), "ejection.max-percent");
        refused(() -> CallPolicy.builder().balance(null), "balance policy");
        refused(() -> CallPolicy.builder().ejection(null), "ejection policy");
    }

    @Test
    void defaults_areThoseOfTheField() {
        assertThat(CallPolicy.standard().balance())
                .hasToString("BalancePolicy[peak-ewma, decay=PT10S, slowStart=PT30S, keyHeader=null, loadBound=0.0,"
                        + " panicPercent=50.0, spillPercent=72.0, prediction=true]");
        assertThat(CallPolicy.standard().ejection())
                .hasToString("EjectionPolicy[5 in a row, 1.9 deviations of 5 instances with 100 calls, PT30S to PT5M,"
                        + " at most 50.0 %]");
        assertThat(EjectionPolicy.off()).hasToString("EjectionPolicy[off]");
    }

    @Test
    void builders_startFromWhatThereIs() {
        BalancePolicy balance = BalancePolicy.builder()
                .balancer(BalancePolicy.CONSISTENT_HASH)
                .decay(Duration.ofSeconds(3))
                .slowStart(Duration.ofSeconds(4))
                .keyHeader("X-User")
                .loadBound(1.5)
                .panicPercent(10)
                .spillPercent(90)
                .prediction(false)
                .build();
        EjectionPolicy ejection = EjectionPolicy.builder()
                .consecutiveFailures(3)
                .deviations(2.5)
                .minimumInstances(4)
                .minimumCalls(50)
                .time(Duration.ofSeconds(7))
                .maxTime(Duration.ofSeconds(70))
                .maxPercent(20)
                .build();

        assertThat(balance.toBuilder().build()).usingRecursiveComparison().isEqualTo(balance);
        assertThat(ejection.toBuilder().build()).usingRecursiveComparison().isEqualTo(ejection);
        CallPolicy policy =
                CallPolicy.builder().balance(balance).ejection(ejection).build();
        assertThat(policy.toBuilder().build()).usingRecursiveComparison().isEqualTo(policy);
    }

    @Test
    void everyPart_canBeSetByText() {
        CallPolicy policy = new Fixture(
                        CallPolicy.standard(),
                        builder -> builder.setting("backstay.service.users.balancer", "consistent-hash")
                                .setting("backstay.policy.balancer", "random")
                                .setting("backstay.policy.balancer.decay", "5s")
                                .setting("backstay.policy.balancer.slow-start", "1m")
                                .setting("backstay.policy.balancer.key-header", "X-User")
                                .setting("backstay.policy.balancer.load-bound", "1.25")
                                .setting("backstay.policy.balancer.panic-percent", "40")
                                .setting("backstay.policy.balancer.spill-percent", "80")
                                .setting("backstay.policy.balancer.prediction", "false")
                                .setting("backstay.policy.ejection.consecutive-failures", "7")
                                .setting("backstay.policy.ejection.deviations", "3")
                                .setting("backstay.policy.ejection.minimum-instances", "6")
                                .setting("backstay.policy.ejection.minimum-calls", "60")
                                .setting("backstay.policy.ejection.time", "10s")
                                .setting("backstay.policy.ejection.max-time", "2m")
                                .setting("backstay.policy.ejection.max-percent", "30"))
                .backstay.policy("users");

        assertThat(policy.balance())
                .hasToString(
                        "BalancePolicy[consistent-hash, decay=PT5S, slowStart=PT1M, keyHeader=X-User, loadBound=1.25,"
                                + " panicPercent=40.0, spillPercent=80.0, prediction=false]");
        assertThat(policy.ejection())
                .hasToString("EjectionPolicy[7 in a row, 3.0 deviations of 6 instances with 60 calls, PT10S to PT2M,"
                        + " at most 30.0 %]");
    }

    @Test
    void ejection_canBeSwitchedOffByText() {
        CallPolicy policy = new Fixture(
                        CallPolicy.standard(),
                        builder -> builder.setting("backstay.service.users.ejection.enabled", "false"))
                .backstay.policy("users");

        assertThat(policy.ejection().enabled()).isFalse();
    }

    @Test
    void ejectionThatIsOff_isNotSwitchedOnByTheTextOfAnotherPart() {
        CallPolicy off = CallPolicy.builder().ejection(EjectionPolicy.off()).build();

        assertThat(policy(off, "ejection.time", "10s").ejection().enabled()).isFalse();
        assertThat(policy(off, "ejection.enabled", "true").ejection().enabled()).isTrue();
    }

    private static CallPolicy policy(CallPolicy base, String setting, String value) {
        return new Fixture(base, builder -> builder.setting("backstay.service.users." + setting, value))
                .backstay.policy("users");
    }

    @Test
    void textThatIsNoValue_isRefusedWithTheSettingsName() {
        CallPolicy standard = CallPolicy.standard();

        refused(() -> policy(standard, "balancer.decay", "-1s"), "balancer.decay");
        refused(() -> policy(standard, "balancer.panic-percent", "NaN"), "balancer.panic-percent");
        refused(() -> policy(standard, "ejection.max-percent", "many"), "ejection.max-percent");
        refused(() -> policy(standard, "balancer", "nearest"), "balancer", "nearest");
    }
}
