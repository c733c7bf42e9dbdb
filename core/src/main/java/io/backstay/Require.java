package io.backstay;

import org.jspecify.annotations.Nullable;

/** Refuses at the door what would fail later and elsewhere. */
final class Require {

    private Require() {}

    /** The value of a setting, if there is one. */
    static <T> T nonNull(String name, @Nullable T value) {
        if (value == null) {
            throw new ConfigurationException(name + " must not be null");
        }
        return value;
    }

    /** A name that can be shown: not blank, without control characters. */
    static String name(String what, @Nullable String name) {
        if (name == null || name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
            throw new ConfigurationException("the name of a " + what
                    + " must not be null, blank or hold control characters"
                    + (name == null ? ", but is null" : ""));
        }
        return name;
    }
}
