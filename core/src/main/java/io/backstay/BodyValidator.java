package io.backstay;

/**
 * Looks at each body before it is encoded. Where Jakarta Validation is on the class path it is used without being asked for.
 * Thread-safe.
 */
@FunctionalInterface
public interface BodyValidator {

    /**
     * Lets the body pass or refuses it.
     *
     * @throws InvalidRequestException to refuse it, naming what is wrong without its value
     */
    void validate(Object body);
}
