package io.backstay.registry;

import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.spi.ProviderContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Every setting of the registry, in one place. In the settings their names begin with {@code backstay.registry.}. The region is core's {@link Settings#REGION}. */
public final class RegistrySettings {

    /** How long an instance stays unless it is heard of. */
    public static final Setting<Duration> LEASE = Setting.ranged(
            "lease",
            Duration.class,
            Duration.ofSeconds(15),
            Duration.ofMillis(300),
            Duration.ofHours(1),
            "How long a registration stays unless it is renewed, which is done three times as often.");

    /** How long a closed registration is shown as draining. */
    public static final Setting<Duration> DRAIN_TIME = Setting.ranged(
            "drain-time",
            Duration.class,
            Duration.ofSeconds(1),
            Duration.ZERO,
            Duration.ofMinutes(5),
            "How long a registration that is closed is announced as draining before it is removed.");

    /** How often an instance is checked. */
    public static final Setting<Duration> HEALTH_CHECK_INTERVAL = Setting.ranged(
            "health-check.interval",
            Duration.class,
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofHours(1),
            "How often an instance is checked, give or take a fifth; also set by HEALTH_CHECK_INTERVAL, there in seconds too.");

    /** How long a check may take. */
    public static final Setting<Duration> HEALTH_CHECK_TIMEOUT = Setting.ranged(
            "health-check.timeout",
            Duration.class,
            Duration.ofSeconds(2),
            Duration.ofMillis(10),
            Duration.ofMinutes(1),
            "How long a check may take.");

    /** Failures until down. */
    public static final Setting<Integer> HEALTH_CHECK_FAILURES = Setting.ranged(
            "health-check.failures",
            Integer.class,
            3,
            1,
            100,
            "How many failed checks in a row make an instance down.");

    /** Successes until up. */
    public static final Setting<Integer> HEALTH_CHECK_SUCCESSES = Setting.ranged(
            "health-check.successes",
            Integer.class,
            2,
            1,
            100,
            "How many passed checks in a row make an instance up again.");

    /** Checks at once. */
    public static final Setting<Integer> HEALTH_CHECK_CONCURRENCY = Setting.ranged(
            "health-check.concurrency",
            Integer.class,
            256,
            1,
            10_000,
            "How many checks run at once; others wait for their turn.");

    /** Whether instances are checked. */
    public static final Setting<Boolean> HEALTH_CHECK_ENABLED = Setting.of(
            "health-check.enabled", Boolean.class, true, "Whether the instances of services in use are checked.");

    /** When an instance that is down is removed. */
    public static final Setting<Duration> DEREGISTER_AFTER = Setting.ranged(
            "health-check.deregister-after",
            Duration.class,
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ofDays(30),
            "After what time down an instance is removed from the registry; it stays where this is not set.");

    static final String PREFIX = "backstay.registry.";
    private static final String PLAIN_INTERVAL = "health-check-interval";

    private RegistrySettings() {}

    /** All of them. */
    public static List<Setting<?>> all() {
        return List.of(
                LEASE,
                DRAIN_TIME,
                HEALTH_CHECK_INTERVAL,
                HEALTH_CHECK_TIMEOUT,
                HEALTH_CHECK_FAILURES,
                HEALTH_CHECK_SUCCESSES,
                HEALTH_CHECK_CONCURRENCY,
                HEALTH_CHECK_ENABLED,
                DEREGISTER_AFTER);
    }

    static <T> Optional<T> find(ProviderContext context, Setting<T> setting) {
        String name = PREFIX + setting.name();
        return context.setting(name).map(text -> setting.parse(name, text));
    }

    static <T> T get(ProviderContext context, Setting<T> setting) {
        return find(context, setting).orElse(setting.defaultValue());
    }

    /** The region of this process, which core's setting tells; empty where regions have no names. */
    static String region(ProviderContext context) {
        return context.setting(Settings.REGION.name())
                .filter(name -> !name.isEmpty())
                .map(RegistryNames::region)
                .orElse("");
    }

    /** The interval by its whole name, else by the variable that many deployments have, where a bare number is seconds. */
    static Duration interval(ProviderContext context) {
        return find(context, HEALTH_CHECK_INTERVAL)
                .or(() -> context.setting(PLAIN_INTERVAL).map(text -> {
                    String plain = text.trim();
                    boolean bare = !plain.isEmpty() && plain.chars().allMatch(c -> c >= '0' && c <= '9');
                    return HEALTH_CHECK_INTERVAL.parse("HEALTH_CHECK_INTERVAL", bare ? plain + "s" : plain);
                }))
                .orElse(HEALTH_CHECK_INTERVAL.defaultValue());
    }

    /** The check that the settings describe. */
    static HealthCheck check(ProviderContext context) {
        if (!get(context, HEALTH_CHECK_ENABLED)) {
            return HealthCheck.none();
        }
        HealthCheck check = HealthCheck.standard()
                .withInterval(interval(context))
                .withTimeout(get(context, HEALTH_CHECK_TIMEOUT))
                .withThresholds(get(context, HEALTH_CHECK_FAILURES), get(context, HEALTH_CHECK_SUCCESSES));
        return find(context, DEREGISTER_AFTER)
                .map(check::withDeregistrationAfter)
                .orElse(check);
    }
}
