package io.backstay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * HTTP header fields: ordered, repeatable, names compared without case. Immutable; every change gives a copy.
 *
 * <p>Names must be tokens and values visible ASCII with spaces and tabs (RFC 9110 §5.5, without its obsolete octets):
 * clients disagree on what they do with anything else, from sending {@code ?} to throwing, so it is refused here.
 * {@link #toString()} shows names only, since values may be secrets.
 */
public final class Headers {

    private static final Headers EMPTY = new Headers(new String[0]);
    private static final boolean[] TOKEN = tokenCharacters();

    /** Name, value, name, value, … */
    private final String[] fields;

    private Headers(String[] fields) {
        this.fields = fields;
    }

    /** No fields at all. */
    public static Headers empty() {
        return EMPTY;
    }

    /**
     * Fields from alternating names and values.
     *
     * @throws InvalidRequestException when a name or a value is not allowed
     */
    public static Headers of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("names and values must alternate, but there are " + namesAndValues.length
                    + " strings: one name has no value");
        }
        String[] fields = namesAndValues.clone();
        for (int i = 0; i < fields.length; i += 2) {
            requireValid(fields[i], fields[i + 1]);
        }
        return fields.length == 0 ? EMPTY : new Headers(fields);
    }

    /**
     * Fields as a server sent them, from a map of lists. Values are kept as they came, since refusing a response for a
     * stray octet helps nobody; pseudo-header fields (names beginning with a colon) are left out.
     */
    public static Headers received(Map<String, List<String>> fields) {
        List<String> flat = new ArrayList<>(fields.size() * 2);
        fields.forEach((name, values) -> {
            if (!name.startsWith(":")) {
                for (String value : values) {
                    flat.add(name);
                    flat.add(value);
                }
            }
        });
        return new Headers(flat.toArray(String[]::new));
    }

    /**
     * The same from so many fields by number, from 0 on, in their order.
     *
     * @param count how many there are, repeated names counted each time
     */
    public static Headers received(int count, IntFunction<String> name, IntFunction<String> value) {
        String[] fields = new String[2 * count];
        int length = 0;
        for (int i = 0; i < count; i++) {
            String key = name.apply(i);
            if (!key.startsWith(":")) {
                fields[length++] = key;
                fields[length++] = value.apply(i);
            }
        }
        return length == 0 ? EMPTY : new Headers(Arrays.copyOf(fields, length));
    }

    /**
     * A copy with more fields, from alternating names and values; fields of the same name stay.
     *
     * @throws InvalidRequestException when a name or a value is not allowed
     */
    public Headers plus(String... namesAndValues) {
        return plus(of(namesAndValues));
    }

    /**
     * A copy with one more field; fields of the same name stay.
     *
     * @throws InvalidRequestException when name or value is not allowed
     */
    public Headers plus(String name, String value) {
        requireValid(name, value);
        String[] copy = Arrays.copyOf(fields, fields.length + 2);
        copy[fields.length] = name;
        copy[fields.length + 1] = value;
        return new Headers(copy);
    }

    /** A copy with more fields; fields of the same name stay. */
    public Headers plus(Headers more) {
        if (fields.length == 0 || more.fields.length == 0) {
            return fields.length == 0 ? more : this;
        }
        String[] copy = Arrays.copyOf(fields, fields.length + more.fields.length);
        System.arraycopy(more.fields, 0, copy, fields.length, more.fields.length);
        return new Headers(copy);
    }

    /** A copy in which this is the only field of its name. */
    public Headers with(String name, String value) {
        return without(name).plus(name, value);
    }

    /** A copy without the fields of this name. */
    public Headers without(String name) {
        if (!contains(name)) {
            return this;
        }
        List<String> kept = new ArrayList<>(fields.length);
        forEach((key, value) -> {
            if (!key.equalsIgnoreCase(name)) {
                kept.add(key);
                kept.add(value);
            }
        });
        return kept.isEmpty() ? EMPTY : new Headers(kept.toArray(String[]::new));
    }

    /** The value of the first field of this name. */
    public Optional<String> first(String name) {
        return Optional.ofNullable(find(name));
    }

    /** Whether there is a field of this name. */
    public boolean contains(String name) {
        return find(name) != null;
    }

    /** The values of all fields of this name, in order. */
    public List<String> all(String name) {
        if (!contains(name)) {
            return List.of();
        }
        List<String> values = new ArrayList<>(2);
        for (int i = 0; i < fields.length; i += 2) {
            if (fields[i].equalsIgnoreCase(name)) {
                values.add(fields[i + 1]);
            }
        }
        return List.copyOf(values);
    }

    /** How many fields there are, repeated names counted each time. */
    public int size() {
        return fields.length / 2;
    }

    /** Passes each field, in order. */
    public void forEach(BiConsumer<? super String, ? super String> action) {
        for (int i = 0; i < fields.length; i += 2) {
            action.accept(fields[i], fields[i + 1]);
        }
    }

    /** All fields by name, names without case, values in order. An unmodifiable copy. */
    public Map<String, List<String>> toMap() {
        Map<String, List<String>> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        forEach((name, value) ->
                map.computeIfAbsent(name, ignored -> new ArrayList<>(1)).add(value));
        map.replaceAll((name, values) -> List.copyOf(values));
        return Collections.unmodifiableMap(map);
    }

    /**
     * These fields, if all of them may be sent: those that were received need not be so.
     *
     * @throws InvalidRequestException when a name or a value is not allowed
     */
    public Headers requireValid() {
        forEach(Headers::requireValid);
        return this;
    }

    private @Nullable String find(String name) {
        for (int i = 0; i < fields.length; i += 2) {
            if (fields[i].equalsIgnoreCase(name)) {
                return fields[i + 1];
            }
        }
        return null;
    }

    private static void requireValid(String name, String value) {
        requireToken(name);
        if (value == null) {
            throw new InvalidRequestException("header " + name, "is null; leave the header out instead");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c > '~') {
                throw new InvalidRequestException(
                        "header " + name,
                        "has " + Characters.describe(c, i) + " of its value; allowed: visible ASCII, space, tab");
            }
        }
    }

    private static void requireToken(String name) {
        if (name == null || name.isEmpty()) {
            throw new InvalidRequestException("header name", "is empty");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= TOKEN.length || !TOKEN[c]) {
                throw new InvalidRequestException(
                        "header name",
                        "has " + Characters.describe(c, i) + "; allowed: letters, digits and !#$%&'*+-.^_`|~");
            }
        }
    }

    /** RFC 9110 §5.6.2. */
    private static boolean[] tokenCharacters() {
        boolean[] token = new boolean[128];
        for (char c = '0'; c <= '9'; c++) {
            token[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            token[c] = true;
            token[Character.toUpperCase(c)] = true;
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            token[c] = true;
        }
        return token;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Headers headers && Arrays.equals(fields, headers.fields);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(fields);
    }

    @Override
    public String toString() {
        List<String> names = new ArrayList<>(size());
        forEach((name, value) -> names.add(name));
        return "Headers" + names;
    }
}
