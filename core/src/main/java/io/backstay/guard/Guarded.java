package io.backstay.guard;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Calls go through the guard of this name. On a type it holds for all methods that name no other. Read by {@link Guards#protect(Class, Object, Guard...)}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Guarded {

    /** The name of the guard. */
    String value();
}
