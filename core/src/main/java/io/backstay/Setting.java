package io.backstay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be set: its name, default, range and meaning, described once and used wherever it is checked, read or
 * documented. Immutable.
 *
 * @param <T> the type of its values
 */
public final class Setting<T> {

    private final String name;
    private final Class<T> type;
    private final T defaultValue;
    private final @Nullable Comparable<T> least;
    private final @Nullable Comparable<T> greatest;
    private final String meaning;

    private Setting(
            String name,
            Class<T> type,
            T defaultValue,
            @Nullable Comparable<T> least,
            @Nullable Comparable<T> greatest,
            String meaning) {
        this.name = name;
        this.type = type;
        this.defaultValue = defaultValue;
        this.least = least;
        this.greatest = greatest;
        this.meaning = meaning;
    }

    /** A setting whose values have an order and a range, both ends allowed. */
    public static <T extends Comparable<T>> Setting<T> ranged(
            String name, Class<T> type, T defaultValue, T least, T greatest, String meaning) {
        return new Setting<>(name, type, defaultValue, least, greatest, meaning);
    }

    /** A setting of any value. */
    public static <T> Setting<T> of(String name, Class<T> type, T defaultValue, String meaning) {
        return new Setting<>(name, type, defaultValue, null, null, meaning);
    }

    /** The name, as {@code retry.max-attempts}. */
    public String name() {
        return name;
    }

    /** The type of its values. */
    public Class<T> type() {
        return type;
    }

    /** The value where none is set. */
    public T defaultValue() {
        return defaultValue;
    }

    /** What it does, in a sentence. */
    public String meaning() {
        return meaning;
    }

    /**
     * The value that a text stands for, if it is allowed. Durations as {@code 500ms}, {@code 2s}, {@code 5m} or in ISO 8601;
     * enumerations and booleans whatever their case, with hyphens for underscores.
     *
     * @param shownName the name under which the text was set
     * @throws ConfigurationException when it is none, with that name
     */
    public T parse(String shownName, String text) {
        return check(shownName, SettingText.parse(shownName, text.trim(), type, allowed()));
    }

    /** Which values are allowed, in words. */
    public String allowed() {
        if (type.isEnum()) {
            return SettingText.constants(type);
        }
        return least == null ? "any " + type.getSimpleName() : "from " + show(least) + " to " + show(greatest);
    }

    /**
     * The value, if it is allowed.
     *
     * @throws ConfigurationException when it is not, with name, value and range
     */
    public T check(@Nullable T value) {
        return check(name, value);
    }

    private T check(String shownName, @Nullable T value) {
        if (value == null) {
            throw new ConfigurationException(shownName + " must not be null; allowed: " + allowed());
        }
        if ((least != null && least.compareTo(value) > 0) || (greatest != null && greatest.compareTo(value) < 0)) {
            throw new ConfigurationException(shownName + " cannot be " + show(value) + "; allowed: " + allowed());
        }
        return value;
    }

    private static String show(@Nullable Object value) {
        if (!(value instanceof Duration duration)) {
            return String.valueOf(value);
        }
        long nanos = duration.toNanosPart();
        if (nanos % 1_000_000 != 0 || Math.abs(duration.toSeconds()) > 1_000_000_000) {
            return duration.toString();
        }
        return nanos == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    @Override
    public String toString() {
        return name + " (" + type.getSimpleName() + ", default " + show(defaultValue) + ", " + allowed() + "): "
                + meaning;
    }
}
