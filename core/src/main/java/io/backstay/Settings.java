package io.backstay;

import java.time.Duration;
import java.util.List;

/** Every setting of the core, in one place. */
public final class Settings {

    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final Duration DAY = Duration.ofDays(1);

    /** Total time of a call. */
    public static final Setting<Duration> DEADLINE = Setting.ranged(
            "deadline",
            Duration.class,
            Duration.ofSeconds(30),
            MILLISECOND,
            DAY,
            "Total time of a call, all attempts and waits included.");

    /** Time of one attempt. */
    public static final Setting<Duration> ATTEMPT_TIMEOUT = Setting.ranged(
            "attempt-timeout",
            Duration.class,
            Duration.ofSeconds(10),
            MILLISECOND,
            DAY,
            "Time of one attempt, from connecting to the last octet of the body, or to the head of a streamed response.");

    /** Greatest length of a response's body. */
    public static final Setting<Long> MAX_RESPONSE_BYTES = Setting.ranged(
            "max-response-bytes",
            Long.class,
            16L << 20,
            1L,
            (long) Integer.MAX_VALUE - 16,
            "Greatest length of a response's body in octets, unless it is streamed; a longer one fails the call.");

    /** Greatest length of a request's body. */
    public static final Setting<Long> MAX_REQUEST_BYTES = Setting.ranged(
            "max-request-bytes",
            Long.class,
            64L << 20,
            1L,
            (long) Integer.MAX_VALUE - 16,
            "Greatest length of a request's body in octets, unless it is streamed; a longer one is refused before anything is"
                    + " sent.");

    /** How long a streamed body may be silent. */
    public static final Setting<Duration> IDLE_TIMEOUT = Setting.ranged(
            "idle-timeout",
            Duration.class,
            Duration.ofSeconds(60),
            MILLISECOND,
            DAY,
            "How long a read of a streamed response may wait for the next octet.");

    /** How many redirections are followed. */
    public static final Setting<Integer> MAX_REDIRECTS = Setting.ranged(
            "max-redirects", Integer.class, 0, 0, 20, "How many redirections an attempt follows; 0 follows none.");

    /** Whether responses may come compressed. */
    public static final Setting<Boolean> DECOMPRESSION = Setting.of(
            "decompression", Boolean.class, true, "Whether gzip is asked for, and unpacked before the answer is seen.");

    /** What a failed call is to its caller. */
    public static final Setting<FailureMode> FAILURE_MODE =
            Setting.of("failure-mode", FailureMode.class, FailureMode.STANDARD, "What a failed call is to its caller.");

    /** Which breaker to start from. */
    public static final Setting<BreakerPreset> BREAKER_PRESET = Setting.of(
            "breaker.preset",
            BreakerPreset.class,
            BreakerPreset.RATE,
            "Which breaker the other breaker settings start from.");

    /** Whether endpoints have breakers of their own. */
    public static final Setting<Boolean> BREAKER_PER_ENDPOINT = Setting.of(
            "breaker.per-endpoint",
            Boolean.class,
            false,
            "Whether each endpoint of a service has a breaker of its own.");

    /** Whether an open time grows. */
    public static final Setting<Boolean> BREAKER_GROW_OPEN_TIME = Setting.of(
            "breaker.grow-open-time",
            Boolean.class,
            false,
            "Whether the open time doubles with each failed probe, up to its greatest value.");

    /** How the waits between attempts grow. */
    public static final Setting<BackoffKind> RETRY_BACKOFF = Setting.of(
            "retry.backoff", BackoffKind.class, BackoffKind.EXPONENTIAL, "How the waits between attempts grow.");

    /** How many attempts a call makes. */
    public static final Setting<Integer> RETRY_MAX_ATTEMPTS = Setting.ranged(
            "retry.max-attempts",
            Integer.class,
            3,
            1,
            100,
            "How many attempts a call makes at most, the first included; 1 is no retry.");

    /** Delay of the first retry. */
    public static final Setting<Duration> RETRY_DELAY = Setting.ranged(
            "retry.delay",
            Duration.class,
            Duration.ofMillis(100),
            Duration.ZERO,
            DAY,
            "Delay before the first retry; later ones follow the backoff.");

    /** Greatest delay of a retry. */
    public static final Setting<Duration> RETRY_MAX_DELAY = Setting.ranged(
            "retry.max-delay",
            Duration.class,
            Duration.ofSeconds(2),
            Duration.ZERO,
            DAY,
            "Greatest delay that the backoff gives; a server's Retry-After may be longer.");

    /** Failure rate at which a breaker opens. */
    public static final Setting<Double> BREAKER_FAILURE_RATE = Setting.ranged(
            "breaker.failure-rate",
            Double.class,
            50.0,
            0.1,
            100.0,
            "Share of failed calls in the window, in percent, at which the breaker opens.");

    /** Calls needed before the failure rate counts. */
    public static final Setting<Integer> BREAKER_MINIMUM_CALLS = Setting.ranged(
            "breaker.minimum-calls",
            Integer.class,
            20,
            1,
            1_000_000,
            "How many calls the window must hold before the failure rate counts.");

    /** Failures in a row at which a breaker opens. */
    public static final Setting<Integer> BREAKER_CONSECUTIVE_FAILURES = Setting.ranged(
            "breaker.consecutive-failures",
            Integer.class,
            5,
            1,
            1_000_000,
            "How many failures in a row open the breaker while the window holds too few calls for a rate.");

    /** Length of a breaker's window. */
    public static final Setting<Duration> BREAKER_WINDOW = Setting.ranged(
            "breaker.window",
            Duration.class,
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofHours(1),
            "How far back the breaker looks, in 10 equal buckets.");

    /** How long a breaker stays open. */
    public static final Setting<Duration> BREAKER_OPEN_TIME = Setting.ranged(
            "breaker.open-time",
            Duration.class,
            Duration.ofSeconds(30),
            MILLISECOND,
            DAY,
            "How long the breaker refuses calls before it lets a probe through.");

    /** How long a probe may take. */
    public static final Setting<Duration> BREAKER_PROBE_WAIT = Setting.ranged(
            "breaker.probe-wait",
            Duration.class,
            Duration.ofSeconds(30),
            MILLISECOND,
            DAY,
            "How long a half-open breaker waits for a probe's outcome before it lets another through.");

    /** Retries for each hundred calls. */
    public static final Setting<Double> RETRY_BUDGET_PERCENT = Setting.ranged(
            "retry.budget-percent",
            Double.class,
            20.0,
            0.0,
            100.0,
            "Retries for each hundred calls of the last 10 s of a service.");

    /** Retries that need no calls. */
    public static final Setting<Integer> RETRY_BUDGET_MIN_PER_SECOND = Setting.ranged(
            "retry.budget-min-per-second",
            Integer.class,
            10,
            0,
            100_000,
            "Retries per second on top of the share of calls; 0 is no floor.");

    /** Whether calls are hedged. */
    public static final Setting<Boolean> HEDGE_ENABLED = Setting.of(
            "hedge.enabled", Boolean.class, false, "Whether a call that takes long is sent to another instance too.");

    /** Fixed delay before a hedge. */
    public static final Setting<Duration> HEDGE_DELAY = Setting.ranged(
            "hedge.delay",
            Duration.class,
            Duration.ofMillis(100),
            MILLISECOND,
            Duration.ofHours(1),
            "Fixed delay before a hedge; where it is not set, the percentile of recent latencies decides.");

    /** Delay before a hedge, as a percentile. */
    public static final Setting<Double> HEDGE_PERCENTILE = Setting.ranged(
            "hedge.percentile",
            Double.class,
            95.0,
            50.0,
            99.9,
            "Which percentile of recent latencies is the delay before a hedge.");

    /** Least delay before a hedge. */
    public static final Setting<Duration> HEDGE_MIN_DELAY = Setting.ranged(
            "hedge.min-delay",
            Duration.class,
            MILLISECOND,
            MILLISECOND,
            Duration.ofHours(1),
            "Least delay before a hedge, however low the percentile is.");

    /** Hedges of one call. */
    public static final Setting<Integer> HEDGE_MAX_EXTRA_ATTEMPTS = Setting.ranged(
            "hedge.max-extra-attempts", Integer.class, 1, 1, 5, "How many hedges one call gets at most.");

    /** Hedges for each hundred calls. */
    public static final Setting<Double> HEDGE_BUDGET_PERCENT = Setting.ranged(
            "hedge.budget-percent",
            Double.class,
            5.0,
            0.0,
            100.0,
            "Hedges for each hundred calls of the last 10 s of a service; there is no floor.");

    /** Calls at once. */
    public static final Setting<Integer> CONCURRENCY_LIMIT = Setting.ranged(
            "concurrency.limit",
            Integer.class,
            100,
            1,
            30_000,
            "How many calls run at once, where the limit is fixed.");

    /** Whether the limit follows the latency. */
    public static final Setting<Boolean> CONCURRENCY_ADAPTIVE = Setting.of(
            "concurrency.adaptive", Boolean.class, false, "Whether the limit of calls at once follows the latency.");

    /** First adaptive limit. */
    public static final Setting<Integer> CONCURRENCY_INITIAL =
            Setting.ranged("concurrency.initial", Integer.class, 20, 1, 30_000, "The adaptive limit to begin with.");

    /** Least adaptive limit. */
    public static final Setting<Integer> CONCURRENCY_MIN =
            Setting.ranged("concurrency.min", Integer.class, 5, 1, 30_000, "The least adaptive limit.");

    /** Greatest adaptive limit. */
    public static final Setting<Integer> CONCURRENCY_MAX =
            Setting.ranged("concurrency.max", Integer.class, 200, 1, 30_000, "The greatest adaptive limit.");

    /** How fast an adaptive limit changes. */
    public static final Setting<Double> CONCURRENCY_SMOOTHING = Setting.ranged(
            "concurrency.smoothing", Double.class, 0.2, 0.01, 1.0, "How much of each change the adaptive limit takes.");

    /** How much slower is still well. */
    public static final Setting<Double> CONCURRENCY_TOLERANCE = Setting.ranged(
            "concurrency.tolerance",
            Double.class,
            1.5,
            1.0,
            2.0,
            "By what factor the latency may exceed that without load before the adaptive limit shrinks.");

    /** Callers waiting for a permit. */
    public static final Setting<Integer> CONCURRENCY_MAX_WAITING = Setting.ranged(
            "concurrency.max-waiting",
            Integer.class,
            100,
            0,
            10_000,
            "How many callers may wait for a permit at once; 0 is none.");

    /** What CRITICAL calls are promised. */
    public static final Setting<Double> CONCURRENCY_SHARE_CRITICAL = Setting.ranged(
            "concurrency.share-critical",
            Double.class,
            20.0,
            0.0,
            100.0,
            "Share of the limit, in percent, that is kept free for CRITICAL calls.");

    /** What HIGH calls are promised. */
    public static final Setting<Double> CONCURRENCY_SHARE_HIGH = Setting.ranged(
            "concurrency.share-high",
            Double.class,
            15.0,
            0.0,
            100.0,
            "Share of the limit, in percent, that is kept free for HIGH calls.");

    /** What NORMAL calls are promised. */
    public static final Setting<Double> CONCURRENCY_SHARE_NORMAL = Setting.ranged(
            "concurrency.share-normal",
            Double.class,
            10.0,
            0.0,
            100.0,
            "Share of the limit, in percent, that is kept free for NORMAL calls.");

    /** What LOW calls are promised. */
    public static final Setting<Double> CONCURRENCY_SHARE_LOW = Setting.ranged(
            "concurrency.share-low",
            Double.class,
            5.0,
            0.0,
            100.0,
            "Share of the limit, in percent, that is kept free for LOW calls.");

    /** Calls per second. */
    public static final Setting<Double> RATE_PER_SECOND = Setting.ranged(
            "rate.per-second", Double.class, 100.0, 0.001, 1_000_000.0, "How many calls a service gets per second.");

    /** Calls in a burst. */
    public static final Setting<Integer> RATE_BURST = Setting.ranged(
            "rate.burst",
            Integer.class,
            100,
            1,
            1_000_000,
            "How many calls a service gets at once after a quiet time.");

    /** Callers waiting for a token. */
    public static final Setting<Integer> RATE_MAX_WAITING = Setting.ranged(
            "rate.max-waiting",
            Integer.class,
            100,
            0,
            10_000,
            "How many callers may wait for a token at once; 0 is none.");
    /** How many calls a breaker's window of calls holds. */
    public static final Setting<Integer> BREAKER_LAST_CALLS = Setting.ranged(
            "breaker.last-calls",
            Integer.class,
            100,
            1,
            50_000,
            "How many calls the breaker looks back on, where it counts by calls and not by time.");

    /** Slow-call rate at which a breaker opens. */
    public static final Setting<Double> BREAKER_SLOW_CALL_RATE = Setting.ranged(
            "breaker.slow-call-rate",
            Double.class,
            100.0,
            0.1,
            100.0,
            "Share of slow calls, those on their way included, in percent, at which the breaker opens.");

    /** When a call is slow. */
    public static final Setting<Duration> BREAKER_SLOW_CALL_TIME = Setting.ranged(
            "breaker.slow-call-time",
            Duration.class,
            Duration.ofSeconds(5),
            MILLISECOND,
            Duration.ofHours(1),
            "How long an attempt may take before its call counts as slow, to 0.3 ms; waits between attempts do not count.");

    /** How long a breaker stays open at most. */
    public static final Setting<Duration> BREAKER_MAX_OPEN_TIME = Setting.ranged(
            "breaker.max-open-time",
            Duration.class,
            Duration.ofMinutes(5),
            MILLISECOND,
            DAY,
            "Greatest open time, where it grows or where the server's Retry-After sets it.");

    /** How many probes at a time. */
    public static final Setting<Integer> BREAKER_PROBES = Setting.ranged(
            "breaker.probes", Integer.class, 1, 1, 100, "How many probes a half-open breaker lets through at a time.");

    /** How many good probes close a breaker. */
    public static final Setting<Integer> BREAKER_PROBE_SUCCESSES = Setting.ranged(
            "breaker.probe-successes",
            Integer.class,
            1,
            1,
            1_000,
            "How many probes must go well before a half-open breaker closes; one that fails opens it again.");

    /** How long a breaker admits a growing share after closing. */
    public static final Setting<Duration> BREAKER_RAMP = Setting.ranged(
            "breaker.ramp",
            Duration.class,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofHours(1),
            "How long admission grows from 10 to 100 percent once the service has recovered; 0 s is not at all.");

    /** How many breakers at a time. */
    public static final Setting<Integer> BREAKERS_MAX = Setting.ranged(
            "backstay.breakers.max",
            Integer.class,
            1_000,
            1,
            1_000_000,
            "How many breakers a registry holds; idle closed ones make room for new ones.");

    /** When an unused breaker is dropped. */
    public static final Setting<Duration> BREAKERS_IDLE_TIME = Setting.ranged(
            "backstay.breakers.idle-time",
            Duration.class,
            Duration.ofMinutes(10),
            MILLISECOND,
            Duration.ofDays(30),
            "How long a closed breaker may go without a call before its registry drops it.");

    /** How long calls wait for resolvers that have not answered yet. */
    public static final Setting<Duration> FIRST_READING_TIMEOUT = Setting.ranged(
            "backstay.discovery.first-reading-timeout",
            Duration.class,
            Duration.ofSeconds(5),
            Duration.ZERO,
            Duration.ofHours(1),
            "For how long after a service was opened its calls wait for the first answer of where it is; 0 for not at all."
                    + " 5 s is the timeout of a DNS resolver, RES_TIMEOUT in resolv.conf(5).");

    /** How long closing waits. */
    public static final Setting<Duration> SHUTDOWN_TIMEOUT = Setting.ranged(
            "shutdown-timeout",
            Duration.class,
            Duration.ofSeconds(10),
            Duration.ZERO,
            Duration.ofHours(1),
            "How long close() waits for running calls before it cancels them.");

    /** Which transport. */
    public static final Setting<String> TRANSPORT = Setting.of(
            "backstay.transport", String.class, "", "Short name of the transport to use, where several are found.");

    /** Which state store. */
    public static final Setting<String> STORE = Setting.of(
            "backstay.store",
            String.class,
            "memory",
            "Short name of the state store by which processes share state; memory is shared with nobody.");

    /** Whether breakers share their states. */
    public static final Setting<Boolean> BREAKERS_SHARED = Setting.of(
            "backstay.breakers.shared",
            Boolean.class,
            true,
            "Whether the states of services' breakers are kept in the state store, where one was chosen: restored after a restart"
                    + " (of a process that has a name), and lowering the thresholds of other processes' where a quorum is open.");

    /** How this process is called. */
    public static final Setting<String> PROCESS = Setting.of(
            "backstay.process",
            String.class,
            "",
            "The name of this process among those that share a state store: unique among those that run at a time, and the same"
                    + " after a restart, as that of a pod of a stateful set. Without one a name is made up at each start, and no"
                    + " state is restored.");

    /** Whom to trust over TLS. */
    public static final Setting<String> TLS_TRUST = Setting.of(
            "backstay.tls.trust",
            String.class,
            "",
            "Files of PEM certificates to trust in place of the JVM's, separated by commas, or PEM itself; the word system"
                    + " adds the JVM's.");

    /** Who to be over TLS. */
    public static final Setting<String> TLS_CERTIFICATE = Setting.of(
            "backstay.tls.certificate",
            String.class,
            "",
            "File of the own PEM certificate, followed by its issuers, or PEM itself.");

    /** The key of {@link #TLS_CERTIFICATE}. */
    public static final Setting<String> TLS_KEY = Setting.of(
            "backstay.tls.key",
            String.class,
            "",
            "File of the own private key in PEM of PKCS#8, encrypted or not, or PEM itself. A secret.");

    /** The password of {@link #TLS_KEY}. */
    public static final Setting<String> TLS_KEY_PASSWORD = Setting.of(
            "backstay.tls.key-password", String.class, "", "Password of the own private key, if encrypted. A secret.");

    /** The proxy to call through. */
    public static final Setting<String> PROXY_ADDRESS =
            Setting.of("backstay.proxy.address", String.class, "", "HTTP proxy to call through, as http://host:port.");

    /** Who to be at the proxy. */
    public static final Setting<String> PROXY_USER =
            Setting.of("backstay.proxy.user", String.class, "", "User at the proxy.");

    /** The password of {@link #PROXY_USER}. */
    public static final Setting<String> PROXY_PASSWORD =
            Setting.of("backstay.proxy.password", String.class, "", "Password of the user at the proxy. A secret.");

    /** Which hosts not to call through the proxy. */
    public static final Setting<String> PROXY_DIRECT = Setting.of(
            "backstay.proxy.direct",
            String.class,
            "",
            "Hosts to call directly, separated by commas: exact, or *.suffix. Loopback always is.");

    /** Which balancer. */
    public static final Setting<String> BALANCER = Setting.of(
            "balancer",
            String.class,
            BalancePolicy.PEAK_EWMA,
            "Which balancer chooses the instance: peak-ewma, round-robin, least-requests, random, consistent-hash, or the"
                    + " name of one of the user's own.");

    /** How far back latencies count for a balancer. */
    public static final Setting<Duration> BALANCER_DECAY = Setting.ranged(
            "balancer.decay",
            Duration.class,
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofHours(1),
            "How far back the balancer looks on an instance's latency.");

    /** How long an instance starts slowly. */
    public static final Setting<Duration> BALANCER_SLOW_START = Setting.ranged(
            "balancer.slow-start",
            Duration.class,
            Duration.ofSeconds(30),
            Duration.ZERO,
            Duration.ofHours(1),
            "How long a new or returned instance takes from a tenth of its calls to all of them; 0 s is at once.");

    /** Where the key of a request is. */
    public static final Setting<String> BALANCER_KEY_HEADER = Setting.of(
            "balancer.key-header",
            String.class,
            "",
            "Header field whose value keeps requests together on an instance, for consistent-hash.");

    /** How uneven keys may make the load. */
    public static final Setting<Double> BALANCER_LOAD_BOUND = Setting.ranged(
            "balancer.load-bound",
            Double.class,
            0.0,
            0.0,
            100.0,
            "How many times the mean load an instance gets before calls with its keys go on to the next, for consistent-hash;"
                    + " 0 is no bound.");

    /** When all instances are used. */
    public static final Setting<Double> BALANCER_PANIC_PERCENT = Setting.ranged(
            "balancer.panic-percent",
            Double.class,
            50.0,
            0.0,
            100.0,
            "Share of healthy instances, in percent, below which all are used; 0 is never.");

    /** When farther instances are used too. */
    public static final Setting<Double> BALANCER_SPILL_PERCENT = Setting.ranged(
            "balancer.spill-percent",
            Double.class,
            72.0,
            1.0,
            100.0,
            "Share of healthy instances of a zone or region, in percent, below which calls go to farther ones too.");

    /** Whether degrading instances are warned of. */
    public static final Setting<Boolean> BALANCER_PREDICTION = Setting.of(
            "balancer.prediction",
            Boolean.class,
            true,
            "Whether an instance that degrades beside its own past and its peers gets less and is warned of.");

    /** Whether instances are ejected. */
    public static final Setting<Boolean> EJECTION_ENABLED = Setting.of(
            "ejection.enabled",
            Boolean.class,
            true,
            "Whether an instance is left out for a while for what its attempts came to.");

    /** How many failures in a row eject an instance. */
    public static final Setting<Integer> EJECTION_CONSECUTIVE_FAILURES = Setting.ranged(
            "ejection.consecutive-failures",
            Integer.class,
            5,
            1,
            10_000,
            "After how many failures in a row an instance is ejected.");

    /** How far off a success rate ejects an instance. */
    public static final Setting<Double> EJECTION_DEVIATIONS = Setting.ranged(
            "ejection.deviations",
            Double.class,
            1.9,
            0.0,
            10.0,
            "How many standard deviations below the mean of its peers a success rate ejects an instance; 0 is not at all.");

    /** Of how many instances rates are compared. */
    public static final Setting<Integer> EJECTION_MINIMUM_INSTANCES = Setting.ranged(
            "ejection.minimum-instances",
            Integer.class,
            5,
            3,
            100_000,
            "How many instances must have enough calls before success rates are compared.");

    /** How many calls make a rate. */
    public static final Setting<Integer> EJECTION_MINIMUM_CALLS = Setting.ranged(
            "ejection.minimum-calls",
            Integer.class,
            100,
            10,
            1_000_000,
            "How many calls an instance must have had before its success rate counts.");

    /** How long an ejection lasts. */
    public static final Setting<Duration> EJECTION_TIME = Setting.ranged(
            "ejection.time",
            Duration.class,
            Duration.ofSeconds(30),
            MILLISECOND,
            DAY,
            "How long the first ejection of an instance lasts, the second twice as long, and so on.");

    /** How long an ejection lasts at most. */
    public static final Setting<Duration> EJECTION_MAX_TIME = Setting.ranged(
            "ejection.max-time",
            Duration.class,
            Duration.ofMinutes(5),
            MILLISECOND,
            DAY,
            "How long an ejection lasts at most.");

    /** How many instances may be ejected. */
    public static final Setting<Double> EJECTION_MAX_PERCENT = Setting.ranged(
            "ejection.max-percent",
            Double.class,
            50.0,
            0.0,
            100.0,
            "Greatest share of instances, in percent, that is ejected at a time; one is kept in any case.");

    /** Where this process runs. */
    public static final Setting<String> ZONE = Setting.of(
            "backstay.zone",
            String.class,
            "",
            "The zone in which this process runs; instances in it are called first.");

    /** Where this process runs, at large. */
    public static final Setting<String> REGION = Setting.of(
            "backstay.region",
            String.class,
            "",
            "The region in which this process runs and registers its instances; those of others are called last.");

    /** Where a service is. */
    public static final Setting<String> SERVICE_URL = Setting.of(
            "url",
            String.class,
            "",
            "Where one service is, as backstay.service.NAME.url: its whole address, base path included, or several separated by"
                    + " commas. Weaker than its environment variables, stronger than what is found.");

    private Settings() {}

    /** All of them. */
    public static List<Setting<?>> all() {
        return List.of(
                DEADLINE,
                ATTEMPT_TIMEOUT,
                MAX_RESPONSE_BYTES,
                MAX_REQUEST_BYTES,
                IDLE_TIMEOUT,
                MAX_REDIRECTS,
                DECOMPRESSION,
                FAILURE_MODE,
                RETRY_BACKOFF,
                BREAKER_PRESET,
                BREAKER_PER_ENDPOINT,
                BREAKER_GROW_OPEN_TIME,
                RETRY_MAX_ATTEMPTS,
                RETRY_DELAY,
                RETRY_MAX_DELAY,
                BREAKER_FAILURE_RATE,
                BREAKER_MINIMUM_CALLS,
                BREAKER_CONSECUTIVE_FAILURES,
                BREAKER_WINDOW,
                BREAKER_OPEN_TIME,
                BREAKER_PROBE_WAIT,
                RETRY_BUDGET_PERCENT,
                RETRY_BUDGET_MIN_PER_SECOND,
                HEDGE_ENABLED,
                HEDGE_DELAY,
                HEDGE_PERCENTILE,
                HEDGE_MIN_DELAY,
                HEDGE_MAX_EXTRA_ATTEMPTS,
                HEDGE_BUDGET_PERCENT,
                CONCURRENCY_LIMIT,
                CONCURRENCY_ADAPTIVE,
                CONCURRENCY_INITIAL,
                CONCURRENCY_MIN,
                CONCURRENCY_MAX,
                CONCURRENCY_SMOOTHING,
                CONCURRENCY_TOLERANCE,
                CONCURRENCY_MAX_WAITING,
                CONCURRENCY_SHARE_CRITICAL,
                CONCURRENCY_SHARE_HIGH,
                CONCURRENCY_SHARE_NORMAL,
                CONCURRENCY_SHARE_LOW,
                RATE_PER_SECOND,
                RATE_BURST,
                RATE_MAX_WAITING,
                BREAKER_LAST_CALLS,
                BREAKER_SLOW_CALL_RATE,
                BREAKER_SLOW_CALL_TIME,
                BREAKER_MAX_OPEN_TIME,
                BREAKER_PROBES,
                BREAKER_PROBE_SUCCESSES,
                BREAKER_RAMP,
                BREAKERS_MAX,
                BREAKERS_IDLE_TIME,
                BALANCER,
                BALANCER_DECAY,
                BALANCER_SLOW_START,
                BALANCER_KEY_HEADER,
                BALANCER_LOAD_BOUND,
                BALANCER_PANIC_PERCENT,
                BALANCER_SPILL_PERCENT,
                BALANCER_PREDICTION,
                EJECTION_ENABLED,
                EJECTION_CONSECUTIVE_FAILURES,
                EJECTION_DEVIATIONS,
                EJECTION_MINIMUM_INSTANCES,
                EJECTION_MINIMUM_CALLS,
                EJECTION_TIME,
                EJECTION_MAX_TIME,
                EJECTION_MAX_PERCENT,
                ZONE,
                REGION,
                SERVICE_URL,
                FIRST_READING_TIMEOUT,
                SHUTDOWN_TIMEOUT,
                TRANSPORT,
                STORE,
                BREAKERS_SHARED,
                PROCESS,
                TLS_TRUST,
                TLS_CERTIFICATE,
                TLS_KEY,
                TLS_KEY_PASSWORD,
                PROXY_ADDRESS,
                PROXY_USER,
                PROXY_PASSWORD,
                PROXY_DIRECT);
    }
}
