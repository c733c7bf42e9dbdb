package io.backstay;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers in place of a service that did not.
 *
 * @param name what the result says answered
 * @param answer gives the value, or throws to leave it to the next fallback
 */
public record Fallback(String name, Function<? super CallException, ? extends @Nullable Object> answer) {

    /** Checks that there is a name. */
    public Fallback {
        if (name == null || name.isBlank()) {
            throw new ConfigurationException("a fallback needs a name that is not blank: the result tells it");
        }
        if (answer == null) {
            throw new ConfigurationException("fallback " + name + " has no function");
        }
    }
}
