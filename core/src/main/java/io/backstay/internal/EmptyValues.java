package io.backstay.internal;

import java.lang.reflect.Array;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The value without content of a type, for those types that have one. */
final class EmptyValues {

    private EmptyValues() {}

    static boolean has(Type type) {
        return type == Void.class || type == void.class || of(type) != null;
    }

    @Nullable
    static Object of(Type type) {
        Class<?> wanted = Types.rawClass(type);
        if (wanted == Optional.class) {
            return Optional.empty();
        } else if (wanted == String.class) {
            return "";
        } else if (wanted.isArray()) {
            return Array.newInstance(wanted.getComponentType(), 0);
        } else if (wanted == Map.class) {
            return Map.of();
        } else if (wanted == Set.class) {
            return Set.of();
        }
        return wanted == List.class || wanted == Collection.class || wanted == Iterable.class ? List.of() : null;
    }
}
