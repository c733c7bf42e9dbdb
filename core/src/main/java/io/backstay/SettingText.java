package io.backstay;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Reads values of settings from text. */
public final class SettingText {

    private SettingText() {}

    /**
     * A duration: {@code 500ms}, {@code 2s}, {@code 5m}, {@code 1h}, or as ISO 8601 has it, {@code PT2S}.
     *
     * @param name the setting, for the message
     * @throws ConfigurationException when the text is none
     */
    public static Duration duration(String name, String text) {
        String plain = text.trim().toLowerCase(Locale.ROOT);
        try {
            if (plain.endsWith("ms")) {
                return Duration.ofMillis(
                        Long.parseLong(plain.substring(0, plain.length() - 2).trim()));
            }
            return Duration.parse(plain.startsWith("p") ? plain : "pt" + plain.replace(" ", ""));
        } catch (DateTimeParseException | NumberFormatException e) {
            throw new ConfigurationException(
                    name + " cannot be " + text + "; allowed: a duration as 500ms, 2s, 5m or PT2S", e);
        }
    }

    static <T> T parse(String name, String text, Class<T> type, String allowed) {
        try {
            return type.cast(value(name, text, type));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(name + " cannot be " + text + "; allowed: " + allowed, e);
        }
    }

    private static Object value(String name, String text, Class<?> type) {
        if (type == Duration.class) {
            return duration(name, text);
        } else if (type == Integer.class) {
            return Integer.valueOf(text);
        } else if (type == Long.class) {
            return Long.valueOf(text);
        } else if (type == Double.class) {
            return Double.valueOf(text);
        } else if (type == Boolean.class) {
            return bool(text);
        }
        return type.isEnum() ? constant(type, text) : text;
    }

    private static boolean bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }

    private static Object constant(Class<?> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> shown(each).equalsIgnoreCase(text.replace('_', '-')))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no constant of " + type.getSimpleName()));
    }

    static String constants(Class<?> type) {
        return Arrays.stream(type.getEnumConstants()).map(SettingText::shown).collect(Collectors.joining(", "));
    }

    private static String shown(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
