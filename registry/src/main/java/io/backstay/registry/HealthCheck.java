package io.backstay.registry;

import io.backstay.ConfigurationException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How the instances of a service are checked. Immutable.
 *
 * <p>By default: by HTTP where an instance tells its health path ({@link Registry#HEALTH_PATH} in its metadata), else whether its port can be
 * connected to; every 10 s, give or take a fifth, within 2 s; 3 failures in a row make it down, 2 successes up again.
 */
public final class HealthCheck {

    /** What is tried. */
    enum Kind {
        AS_TOLD,
        HTTP,
        TCP,
        NONE
    }

    private static final HealthCheck STANDARD = new HealthCheck();

    private Kind kind = Kind.AS_TOLD;
    private String path = "/health";
    private IntPredicate status = code -> code >= 200 && code < 300;
    private @Nullable Predicate<String> body;
    private Duration interval = RegistrySettings.HEALTH_CHECK_INTERVAL.defaultValue();
    private Duration timeout = RegistrySettings.HEALTH_CHECK_TIMEOUT.defaultValue();
    private int failures = RegistrySettings.HEALTH_CHECK_FAILURES.defaultValue();
    private int successes = RegistrySettings.HEALTH_CHECK_SUCCESSES.defaultValue();
    private @Nullable Duration deregisterAfter;

    private HealthCheck() {}

    private HealthCheck(HealthCheck from) {
        this.kind = from.kind;
        this.path = from.path;
        this.status = from.status;
        this.body = from.body;
        this.interval = from.interval;
        this.timeout = from.timeout;
        this.failures = from.failures;
        this.successes = from.successes;
        this.deregisterAfter = from.deregisterAfter;
    }

    /** The default. */
    public static HealthCheck standard() {
        return STANDARD;
    }

    /**
     * By HTTP GET, of the path that an instance tells, else of this one, from the root of its host. The status decides; the body, of
     * whatever length, is not waited for, which may cost the connection.
     */
    public static HealthCheck http(String path) {
        return STANDARD.withPath(path);
    }

    /** Whether the port can be connected to. */
    public static HealthCheck tcp() {
        return STANDARD.of(Kind.TCP);
    }

    /** Not at all. */
    public static HealthCheck none() {
        return STANDARD.of(Kind.NONE);
    }

    private HealthCheck of(Kind kind) {
        HealthCheck next = new HealthCheck(this);
        next.kind = kind;
        return next;
    }

    /** The same by HTTP GET of this path, unless an instance tells another. */
    public HealthCheck withPath(String path) {
        HealthCheck next = of(Kind.HTTP);
        next.path = HealthPath.check(path);
        return next;
    }

    /** The same, passed with these statuses in place of 200 to 299. By HTTP. */
    public HealthCheck withStatus(IntPredicate passed) {
        HealthCheck next = of(Kind.HTTP);
        next.status = passed;
        return next;
    }

    /** The same, passed only with such a body, as UTF-8, whole and of up to 64 KiB. By HTTP. */
    public HealthCheck withBody(Predicate<String> passed) {
        HealthCheck next = of(Kind.HTTP);
        next.body = passed;
        return next;
    }

    /** The same at another interval, give or take a fifth; 100 ms to 1 h. */
    public HealthCheck withInterval(Duration time) {
        HealthCheck next = new HealthCheck(this);
        next.interval = RegistrySettings.HEALTH_CHECK_INTERVAL.check(time);
        return next;
    }

    /** The same with another timeout; 10 ms to 1 min. */
    public HealthCheck withTimeout(Duration time) {
        HealthCheck next = new HealthCheck(this);
        next.timeout = RegistrySettings.HEALTH_CHECK_TIMEOUT.check(time);
        return next;
    }

    /** The same with other thresholds: failures in a row until down, successes in a row until up; 1 to 100 each. */
    public HealthCheck withThresholds(int failuresToDown, int successesToUp) {
        HealthCheck next = new HealthCheck(this);
        next.failures = RegistrySettings.HEALTH_CHECK_FAILURES.check(failuresToDown);
        next.successes = RegistrySettings.HEALTH_CHECK_SUCCESSES.check(successesToUp);
        return next;
    }

    /**
     * The same, removing an instance from the registry that has been down for so long, as long as nobody else who checks it finds it up, and
     * another instance of the service is up. Off by default. One that is alive all the same puts its registration back, and stands as
     * down from the first moment on until as many checks in a row pass as make any instance up again. A new registration in its place is
     * up until checks say otherwise.
     *
     * @param time 1 s to 30 days
     * @throws ConfigurationException when it is out of range
     */
    public HealthCheck withDeregistrationAfter(Duration time) {
        HealthCheck next = new HealthCheck(this);
        next.deregisterAfter = RegistrySettings.DEREGISTER_AFTER.check(time);
        return next;
    }

    Kind kind() {
        return kind;
    }

    String path() {
        return path;
    }

    boolean passes(int code) {
        return status.test(code);
    }

    Optional<Predicate<String>> body() {
        return Optional.ofNullable(body);
    }

    /** The mean time from the beginning of a check to that of the next. */
    public Duration interval() {
        return interval;
    }

    /** How long a check may take. */
    public Duration timeout() {
        return timeout;
    }

    /** How many failures in a row make an instance down. */
    public int failuresToDown() {
        return failures;
    }

    /** How many successes in a row make it up again. */
    public int successesToUp() {
        return successes;
    }

    /** After what time down it is removed; nothing when it stays. */
    public Optional<Duration> deregisterAfter() {
        return Optional.ofNullable(deregisterAfter);
    }
}
