package io.backstay.guard;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Which method of the target answers when this one has failed or was refused, in place of the policy's fallback. For a method that needs
 * a guard: {@link Guarded}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface FallbackMethod {

    /**
     * Its name. It has the same parameters, and by choice an exception as the last one, which is what the call ended with; it gives what the
     * guarded method gives. May be private. Of several of the name, the one with the most special exception that fits is asked, or else
     * the one without; where none wants the exception, the call has failed.
     */
    String value();
}
