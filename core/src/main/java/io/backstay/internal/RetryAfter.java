package io.backstay.internal;

import io.backstay.Headers;
import io.backstay.spi.TimeSource;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Reads {@code Retry-After} (RFC 9110 §10.2.3): seconds or a date. What cannot be read counts as not there. */
final class RetryAfter {

    /** Beyond this no caller waits, and a sum with it cannot overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private RetryAfter() {}

    static Optional<Duration> read(Headers headers, TimeSource time) {
        return headers.first("Retry-After").map(String::trim).flatMap(text -> parse(text, time));
    }

    private static Optional<Duration> parse(String text, TimeSource time) {
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            long seconds = text.length() > 9 ? LONGEST.toSeconds() : Long.parseLong(text);
            return Optional.of(Duration.ofSeconds(Math.min(seconds, LONGEST.toSeconds())));
        }
        try {
            Instant date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
            Duration wait = Duration.between(time.now(), date);
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST) > 0 ? LONGEST : wait);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
