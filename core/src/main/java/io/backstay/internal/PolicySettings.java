package io.backstay.internal;

import io.backstay.BackoffKind;
import io.backstay.BalancePolicy;
import io.backstay.CallPolicy;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.EjectionPolicy;
import io.backstay.HedgePolicy;
import io.backstay.Priority;
import io.backstay.RatePolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.RetryPolicy;
import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.internal.endpoint.SettingsResolver;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Policies from configuration, over those from the builder: {@code backstay.service.NAME.SETTING} for one service,
 * {@code backstay.policy.SETTING} for all, the former winning. Names and ranges of settings are those of {@link Settings}.
 */
final class PolicySettings {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay");
    private static final String ALL = "backstay.policy.";
    private static final String ONE = "backstay.service.";

    /** What a setting changes. */
    private record Rule<T>(Setting<T> setting, BiConsumer<Draft, T> change) {
        void apply(Draft draft, String name, String text) {
            change.accept(draft, setting.parse(name, text));
        }
    }

    /** First what the others start from. */
    private static final List<Rule<?>> RULES = List.of(
            rule(Settings.BREAKER_PRESET, (draft, preset) -> draft.breaker = preset.policy().toBuilder()),
            rule(Settings.DEADLINE, (draft, value) -> draft.call.deadline(value)),
            rule(Settings.ATTEMPT_TIMEOUT, (draft, value) -> draft.call.attemptTimeout(value)),
            rule(Settings.IDLE_TIMEOUT, (draft, value) -> draft.call.idleTimeout(value)),
            rule(Settings.MAX_REQUEST_BYTES, (draft, value) -> draft.call.maxRequestBytes(value)),
            rule(Settings.MAX_RESPONSE_BYTES, (draft, value) -> draft.call.maxResponseBytes(value)),
            rule(Settings.MAX_REDIRECTS, (draft, value) -> draft.call.maxRedirects(value)),
            rule(Settings.DECOMPRESSION, (draft, value) -> draft.call.decompression(value)),
            rule(Settings.FAILURE_MODE, (draft, value) -> draft.call.failureMode(value)),
            rule(Settings.RETRY_MAX_ATTEMPTS, (draft, value) -> draft.retry.maxAttempts(value)),
            rule(Settings.RETRY_BACKOFF, (draft, value) -> draft.backoff = value),
            rule(Settings.RETRY_DELAY, (draft, value) -> draft.delay = value),
            rule(Settings.RETRY_MAX_DELAY, (draft, value) -> draft.maxDelay = value),
            rule(Settings.RETRY_BUDGET_PERCENT, (draft, value) -> draft.budget.percent(value)),
            rule(Settings.RETRY_BUDGET_MIN_PER_SECOND, (draft, value) -> draft.budget.minPerSecond(value)),
            rule(Settings.BREAKER_FAILURE_RATE, (draft, value) -> draft.breaker.failureRate(value)),
            rule(Settings.BREAKER_MINIMUM_CALLS, (draft, value) -> draft.breaker.minimumCalls(value)),
            rule(Settings.BREAKER_CONSECUTIVE_FAILURES, (draft, value) -> draft.breaker.consecutiveFailures(value)),
            rule(Settings.BREAKER_WINDOW, (draft, value) -> draft.breaker.window(value)),
            rule(Settings.BREAKER_LAST_CALLS, (draft, value) -> draft.breaker.lastCalls(value)),
            rule(Settings.BREAKER_SLOW_CALL_RATE, (draft, value) -> draft.breaker.slowCallRate(value)),
            rule(Settings.BREAKER_SLOW_CALL_TIME, (draft, value) -> draft.breaker.slowCallTime(value)),
            rule(Settings.BREAKER_OPEN_TIME, (draft, value) -> draft.breaker.openTime(value)),
            rule(Settings.BREAKER_MAX_OPEN_TIME, (draft, value) -> draft.breaker.maxOpenTime(value)),
            rule(Settings.BREAKER_GROW_OPEN_TIME, (draft, value) -> draft.breaker.growOpenTime(value)),
            rule(Settings.BREAKER_PROBE_WAIT, (draft, value) -> draft.breaker.probeWait(value)),
            rule(Settings.BREAKER_PROBES, (draft, value) -> draft.breaker.probes(value)),
            rule(Settings.BREAKER_PROBE_SUCCESSES, (draft, value) -> draft.breaker.probeSuccesses(value)),
            rule(Settings.BREAKER_RAMP, (draft, value) -> draft.breaker.ramp(value)),
            rule(Settings.BREAKER_PER_ENDPOINT, (draft, value) -> draft.breaker.perEndpoint(value)),
            rule(
                    Settings.CONCURRENCY_LIMIT,
                    (draft, value) -> draft.concurrency().limit(value)),
            rule(Settings.CONCURRENCY_ADAPTIVE, Draft::adaptive),
            rule(
                    Settings.CONCURRENCY_INITIAL,
                    (draft, value) -> draft.concurrency().initialLimit(value)),
            rule(Settings.CONCURRENCY_MIN, (draft, value) -> draft.concurrency().minLimit(value)),
            rule(Settings.CONCURRENCY_MAX, (draft, value) -> draft.concurrency().maxLimit(value)),
            rule(
                    Settings.CONCURRENCY_SMOOTHING,
                    (draft, value) -> draft.concurrency().smoothing(value)),
            rule(
                    Settings.CONCURRENCY_TOLERANCE,
                    (draft, value) -> draft.concurrency().tolerance(value)),
            rule(
                    Settings.CONCURRENCY_MAX_WAITING,
                    (draft, value) -> draft.concurrency().maxWaiting(value)),
            rule(Settings.CONCURRENCY_SHARE_CRITICAL, (draft, value) -> draft.share(Priority.CRITICAL, value)),
            rule(Settings.CONCURRENCY_SHARE_HIGH, (draft, value) -> draft.share(Priority.HIGH, value)),
            rule(Settings.CONCURRENCY_SHARE_NORMAL, (draft, value) -> draft.share(Priority.NORMAL, value)),
            rule(Settings.CONCURRENCY_SHARE_LOW, (draft, value) -> draft.share(Priority.LOW, value)),
            rule(Settings.RATE_PER_SECOND, (draft, value) -> draft.rate().perSecond(value)),
            rule(Settings.RATE_BURST, (draft, value) -> draft.rate().burst(value)),
            rule(Settings.RATE_MAX_WAITING, (draft, value) -> draft.rate().maxWaiting(value)),
            rule(Settings.HEDGE_ENABLED, Draft::hedged),
            rule(Settings.HEDGE_DELAY, (draft, value) -> draft.hedge().fixedDelay(value)),
            rule(Settings.HEDGE_PERCENTILE, (draft, value) -> draft.hedge().percentile(value)),
            rule(Settings.HEDGE_MIN_DELAY, (draft, value) -> draft.hedge().minDelay(value)),
            rule(
                    Settings.HEDGE_MAX_EXTRA_ATTEMPTS,
                    (draft, value) -> draft.hedge().maxExtraAttempts(value)),
            rule(Settings.HEDGE_BUDGET_PERCENT, (draft, value) -> draft.hedge().budgetPercent(value)),
            rule(Settings.BALANCER, (draft, value) -> draft.balance().balancer(value)),
            rule(Settings.BALANCER_DECAY, (draft, value) -> draft.balance().decay(value)),
            rule(Settings.BALANCER_SLOW_START, (draft, value) -> draft.balance().slowStart(value)),
            rule(Settings.BALANCER_KEY_HEADER, (draft, value) -> draft.balance().keyHeader(value)),
            rule(Settings.BALANCER_LOAD_BOUND, (draft, value) -> draft.balance().loadBound(value)),
            rule(
                    Settings.BALANCER_PANIC_PERCENT,
                    (draft, value) -> draft.balance().panicPercent(value)),
            rule(
                    Settings.BALANCER_SPILL_PERCENT,
                    (draft, value) -> draft.balance().spillPercent(value)),
            rule(Settings.BALANCER_PREDICTION, (draft, value) -> draft.balance().prediction(value)),
            rule(Settings.EJECTION_ENABLED, Draft::ejecting),
            rule(
                    Settings.EJECTION_CONSECUTIVE_FAILURES,
                    (draft, value) -> draft.ejection().consecutiveFailures(value)),
            rule(
                    Settings.EJECTION_DEVIATIONS,
                    (draft, value) -> draft.ejection().deviations(value)),
            rule(
                    Settings.EJECTION_MINIMUM_INSTANCES,
                    (draft, value) -> draft.ejection().minimumInstances(value)),
            rule(
                    Settings.EJECTION_MINIMUM_CALLS,
                    (draft, value) -> draft.ejection().minimumCalls(value)),
            rule(Settings.EJECTION_TIME, (draft, value) -> draft.ejection().time(value)),
            rule(Settings.EJECTION_MAX_TIME, (draft, value) -> draft.ejection().maxTime(value)),
            rule(
                    Settings.EJECTION_MAX_PERCENT,
                    (draft, value) -> draft.ejection().maxPercent(value)));

    private final Function<String, @Nullable String> texts;

    /** Over a source of texts by the whole names of settings. */
    PolicySettings(Function<String, @Nullable String> texts) {
        this.texts = texts;
    }

    private static <T> Rule<T> rule(Setting<T> setting, BiConsumer<Draft, T> change) {
        return new Rule<>(setting, change);
    }

    /**
     * The policy of a service with what the configuration changes of it.
     *
     * @throws io.backstay.ConfigurationException when a text cannot be read or is out of range, or texts contradict one another
     */
    CallPolicy over(CallPolicy policy, String service) {
        Draft draft = new Draft(policy);
        boolean changed = false;
        for (Rule<?> rule : RULES) {
            changed |= apply(rule, draft, ALL);
            changed |= apply(rule, draft, ONE + service + ".");
        }
        return changed ? draft.build() : policy;
    }

    private boolean apply(Rule<?> rule, Draft draft, String prefix) {
        String name = prefix + rule.setting().name();
        String text = texts.apply(name);
        if (text != null) {
            rule.apply(draft, name, text);
        }
        return text != null;
    }

    /** Warns of names that look like a policy's setting and are none. */
    static void warnOfUnknown(Collection<String> names) {
        for (String name : names) {
            if ((name.startsWith(ALL) || name.startsWith(ONE)) && !isKnown(name)) {
                LOG.warn(
                        "there is no setting {}{}",
                        name,
                        nearest(name)
                                .map(known -> "; did you mean " + known + "?")
                                .orElse(""));
            }
        }
    }

    private static boolean isKnown(String name) {
        return SettingsResolver.isUrl(name)
                || RULES.stream()
                        .anyMatch(rule -> name.equals(ALL + rule.setting().name())
                                || (name.startsWith(ONE)
                                        && name.endsWith("." + rule.setting().name())));
    }

    /** The known setting that shares the longest beginning with the last part of this one. */
    private static Optional<String> nearest(String name) {
        String key = name.startsWith(ALL) ? name.substring(ALL.length()) : afterService(name);
        return RULES.stream()
                .map(rule -> rule.setting().name())
                .filter(known -> common(known, key) >= 3)
                .max((one, other) -> Integer.compare(common(one, key), common(other, key)));
    }

    private static String afterService(String name) {
        int dot = name.indexOf('.', ONE.length());
        return dot < 0 ? "" : name.substring(dot + 1);
    }

    /** How many characters both begin with. */
    static int common(String one, String other) {
        int length = 0;
        while (length < Math.min(one.length(), other.length()) && one.charAt(length) == other.charAt(length)) {
            length++;
        }
        return length;
    }

    /** A policy in the making: parts are built at the end, so that settings which belong together may come one by one. */
    private static final class Draft {

        private final CallPolicy base;
        private final CallPolicy.Builder call;
        private final RetryPolicy.Builder retry;
        private final RetryBudgetPolicy.Builder budget;
        private CircuitBreakerPolicy.Builder breaker;
        private ConcurrencyPolicy.@Nullable Builder concurrency;
        private RatePolicy.@Nullable Builder rate;
        private HedgePolicy.@Nullable Builder hedge;
        private BalancePolicy.@Nullable Builder balance;
        private EjectionPolicy.@Nullable Builder ejection;
        private @Nullable BackoffKind backoff;
        private @Nullable Duration delay;
        private @Nullable Duration maxDelay;
        private boolean withoutHedges;
        private boolean withoutEjection;

        Draft(CallPolicy base) {
            this.base = base;
            this.call = base.toBuilder();
            this.retry = base.retry().toBuilder();
            this.budget = base.retry().budget().toBuilder();
            this.breaker = base.breaker().toBuilder();
        }

        ConcurrencyPolicy.Builder concurrency() {
            if (concurrency == null) {
                concurrency = base.concurrency().toBuilder();
            }
            return concurrency;
        }

        void adaptive(boolean on) {
            if (on) {
                concurrency().adaptive();
            } else if (base.concurrency().isAdaptive()) {
                concurrency().limit(base.concurrency().initialLimit());
            }
        }

        void share(Priority priority, double percent) {
            concurrency().share(priority, percent);
        }

        RatePolicy.Builder rate() {
            if (rate == null) {
                rate = base.rate().toBuilder();
            }
            return rate;
        }

        HedgePolicy.Builder hedge() {
            if (hedge == null) {
                hedge = base.hedge().toBuilder();
            }
            return hedge;
        }

        void hedged(boolean on) {
            hedge();
            withoutHedges = !on;
        }

        BalancePolicy.Builder balance() {
            if (balance == null) {
                balance = base.balance().toBuilder();
            }
            return balance;
        }

        EjectionPolicy.Builder ejection() {
            if (ejection == null) {
                ejection = base.ejection().toBuilder();
                withoutEjection = !base.ejection().enabled();
            }
            return ejection;
        }

        void ejecting(boolean on) {
            ejection();
            withoutEjection = !on;
        }

        CallPolicy build() {
            if (backoff != null || delay != null || maxDelay != null) {
                retry.backoff((backoff == null ? BackoffKind.EXPONENTIAL : backoff)
                        .of(
                                delay == null ? Settings.RETRY_DELAY.defaultValue() : delay,
                                maxDelay == null ? greatestDelay() : maxDelay));
            }
            call.retry(retry.budget(budget.build()).build()).breaker(breaker.build());
            if (concurrency != null) {
                call.concurrency(concurrency.build());
            }
            if (rate != null) {
                call.rate(rate.build());
            }
            if (hedge != null) {
                call.hedge(withoutHedges ? HedgePolicy.off() : hedge.build());
            }
            if (balance != null) {
                call.balance(balance.build());
            }
            if (ejection != null) {
                call.ejection(withoutEjection ? EjectionPolicy.off() : ejection.build());
            }
            return call.build();
        }

        private Duration greatestDelay() {
            Duration standard = Settings.RETRY_MAX_DELAY.defaultValue();
            return delay != null && delay.compareTo(standard) > 0 ? delay : standard;
        }
    }
}
