package io.backstay.state;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A replica's values as a map that cannot be changed from here and shows what is there at each moment. */
final class ReplicaView<T> extends AbstractMap<String, T> {

    private final Map<String, Kept<T>> entries;

    ReplicaView(Map<String, Kept<T>> entries) {
        this.entries = entries;
    }

    @Override
    public @Nullable T get(@Nullable Object key) {
        Kept<T> kept = key == null ? null : entries.get(key);
        return kept == null ? null : kept.value();
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return key != null && entries.containsKey(key);
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public Set<Entry<String, T>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, T>> iterator() {
                return valuesOf(entries.entrySet().iterator());
            }

            @Override
            public int size() {
                return entries.size();
            }
        };
    }

    private static <T> Iterator<Entry<String, T>> valuesOf(Iterator<Entry<String, Kept<T>>> all) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public Entry<String, T> next() {
                Entry<String, Kept<T>> next = all.next();
                return Map.entry(next.getKey(), next.getValue().value());
            }
        };
    }
}
