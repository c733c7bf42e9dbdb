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
                RETRY_MAX_ATTEMPTS,
                RETRY_DELAY,
                RETRY_MAX_DELAY,
                BREAKER_FAILURE_RATE,
                BREAKER_MINIMUM_CALLS,
                BREAKER_CONSECUTIVE_FAILURES,
                BREAKER_WINDOW,
                BREAKER_OPEN_TIME,
                BREAKER_PROBE_WAIT,
                SHUTDOWN_TIMEOUT,
                TRANSPORT,
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
