package io.backstay.internal;

import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;

/** What there is to know of types. */
public final class Types {

    private Types() {}

    /** The class whose instances a value of the type is; a primitive's wrapper. */
    public static Class<?> rawClass(Type type) {
        if (type instanceof Class<?> known) {
            return MethodType.methodType(known).wrap().returnType();
        } else if (type instanceof ParameterizedType parameterized) {
            return rawClass(parameterized.getRawType());
        } else if (type instanceof GenericArrayType array) {
            return Array.newInstance(rawClass(array.getGenericComponentType()), 0)
                    .getClass();
        }
        return Object.class;
    }
}
