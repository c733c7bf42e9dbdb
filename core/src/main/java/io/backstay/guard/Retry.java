package io.backstay.guard;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Calls may be repeated, in place of what the guard's policy says. For a method that needs a guard: {@link Guarded}. Delays grow
 * exponentially, doubling, with full jitter unless {@link #jitter} is false.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Retry {

    /** How many attempts at most, the first included; 1 to 100. */
    int maxAttempts() default 3;

    /** The delay before the first retry, as {@code 100ms} or {@code 2s}. */
    String delay() default "100ms";

    /** The greatest delay; not less than the first. */
    String maxDelay() default "2s";

    /** Whether each delay is chosen by chance, evenly between nothing and what it would have been. */
    boolean jitter() default true;

    /** After which exceptions; with none named, after all that the guard's policy would retry. */
    Class<? extends Exception>[] on() default {};
}
