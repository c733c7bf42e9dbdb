package io.backstay.internal;

import io.backstay.BodyValidator;
import io.backstay.InvalidRequestException;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.NoProviderFoundException;
import jakarta.validation.Validation;
import jakarta.validation.ValidationException;
import jakarta.validation.Validator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bodies by Jakarta Validation; only to be touched where that is on the class path. Its validator is slow to make, so that waits for the first body.
 */
final class JakartaBodyValidator implements BodyValidator {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay");

    private volatile Optional<Validator> validator = Optional.empty();
    private volatile boolean looked;

    @Override
    public void validate(Object body) {
        validator().ifPresent(present -> {
            Set<ConstraintViolation<Object>> violations = present.validate(body);
            if (!violations.isEmpty()) {
                throw new InvalidRequestException("body", "is not valid: " + inWords(violations));
            }
        });
    }

    /** Two threads may both look at first; both find the same. */
    private Optional<Validator> validator() {
        if (!looked) {
            validator = find();
            looked = true;
        }
        return validator;
    }

    private static Optional<Validator> find() {
        try {
            return Optional.of(Validation.buildDefaultValidatorFactory().getValidator());
        } catch (NoProviderFoundException apiAlone) {
            return Optional.empty();
        } catch (ValidationException brokenProvider) {
            LOG.warn("bodies are not validated: Jakarta Validation is there but does not start", brokenProvider);
            return Optional.empty();
        }
    }

    /** By the names of the constraints: a message may hold the value. */
    private static String inWords(Set<ConstraintViolation<Object>> violations) {
        return violations.stream()
                .map(violation -> violation.getPropertyPath() + " breaks "
                        + violation
                                .getConstraintDescriptor()
                                .getAnnotation()
                                .annotationType()
                                .getSimpleName())
                .sorted()
                .collect(Collectors.joining("; "));
    }
}
