package io.backstay.guard;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How long each attempt may take, in place of what the guard's policy says. For a method that needs a guard: {@link Guarded}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Timeout {

    /** The time, as {@code 500ms} or {@code 2s}. */
    String value();
}
