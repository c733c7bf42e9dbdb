package io.backstay;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A path with parameters in braces, as {@code /users/{id}}. Immutable. */
final class PathTemplate {

    private static final String PARAMETER = "path parameter ";
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private final String text;
    /** What stands before each parameter, and after the last. */
    private final String[] literals;

    private final String[] names;

    private PathTemplate(String text, String[] literals, String[] names) {
        this.text = text;
        this.literals = literals;
        this.names = names;
    }

    static PathTemplate parse(String text) {
        if (text == null || !text.startsWith("/")) {
            throw new InvalidRequestException(
                    "path template", "must begin with a slash, as /users/{id}, but is " + text);
        }
        List<String> literals = new ArrayList<>();
        List<String> names = new ArrayList<>();
        int at = 0;
        for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', at)) {
            int close = text.indexOf('}', open);
            if (close < 0) {
                throw new InvalidRequestException("path template " + text, "has a { without its }");
            }
            literals.add(text.substring(at, open));
            names.add(text.substring(open + 1, close));
            at = close + 1;
        }
        literals.add(text.substring(at));
        literals.forEach(literal -> requirePathCharacters(text, literal));
        requireNames(text, names);
        requireNoDotSegments(text, "path template", "");
        return new PathTemplate(text, literals.toArray(String[]::new), names.toArray(String[]::new));
    }

    /** RFC 3986 §3.3: what may stand in a path as it is, and escapes. */
    private static void requirePathCharacters(String text, String literal) {
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c == '?' || c == '#') {
                throw new InvalidRequestException(
                        "path template " + text.substring(0, text.indexOf(c)),
                        "goes on with a " + c + "; give query parameters by query(name, value)");
            }
            if (c == '}') {
                throw new InvalidRequestException("path template " + text, "has a } without its {");
            }
            boolean escape = c == '%' && i + 2 < literal.length() && isHex(literal, i + 1) && isHex(literal, i + 2);
            if (!escape && !isUnreserved(c) && "/!$&'()*+,;=:@".indexOf(c) < 0) {
                throw new InvalidRequestException(
                        "path template",
                        "has " + Characters.describe(c, i)
                                + " of a part, which cannot stand in a path; escape it or pass it as a parameter");
            }
        }
    }

    private static boolean isHex(String text, int at) {
        return Character.digit(text.charAt(at), 16) >= 0;
    }

    private static void requireNames(String text, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (name.isBlank() || name.indexOf('{') >= 0 || name.indexOf('/') >= 0) {
                throw new InvalidRequestException(
                        "path template " + text, "has the parameter {" + name + "}; a name must be plain, as {id}");
            }
            if (!seen.add(name)) {
                throw new InvalidRequestException("path template " + text, "has the parameter {" + name + "} twice");
            }
        }
    }

    String text() {
        return text;
    }

    /** The path with each parameter's value, escaped. */
    String render(@Nullable Object... values) {
        if (values == null || values.length != names.length) {
            throw new InvalidRequestException(
                    "path template " + text,
                    "has " + names.length + " parameters " + List.of(names) + ", but "
                            + (values == null ? "null was" : values.length + " values were") + " given");
        }
        if (names.length == 0) {
            return text;
        }
        if (names.length == 1) {
            return literals[0] + escaped(value(names[0], values[0])) + literals[1];
        }
        StringBuilder path = new StringBuilder(text.length() + 32);
        for (int i = 0; i < values.length; i++) {
            path.append(literals[i]);
            appendEscaped(path, value(names[i], values[i]));
        }
        return path.append(literals[values.length]).toString();
    }

    private static String value(String name, @Nullable Object value) {
        if (value == null) {
            throw new InvalidRequestException(PARAMETER + name, "is null");
        }
        String text = text(PARAMETER, name, value);
        if (text.isEmpty()) {
            throw new InvalidRequestException(PARAMETER + name, "is empty, which would make another path");
        }
        requireNoDotSegments(text, PARAMETER, name);
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw new InvalidRequestException(
                        PARAMETER + name, "has " + Characters.describe(text.charAt(i), i) + ", a control character");
            }
        }
        return text;
    }

    /** A single value as text: what only holds values, and what has no text of its own, is a mistake. */
    static String text(String kind, String name, Object value) {
        if (value instanceof Iterable
                || value instanceof Map
                || value instanceof Optional
                || value.getClass().isArray()) {
            throw new InvalidRequestException(
                    kind + name, "is a " + value.getClass().getName() + " and not a single value");
        }
        return String.valueOf(value.toString());
    }

    /** Servers undo escapes before they resolve dots, so an escaped {@code ../} is no safer than a plain one. */
    private static void requireNoDotSegments(String text, String kind, String name) {
        if (text.indexOf('.') < 0 && text.indexOf('%') < 0) {
            return;
        }
        String plain =
                text.replaceAll("(?i)%2e", ".").replaceAll("(?i)%2f", "/").replaceAll("(?i)%5c", "/");
        for (String segment : plain.split("[/\\\\;]", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                throw new InvalidRequestException(
                        kind + name, "has a segment of dots only, which would lead to another path");
            }
        }
    }

    /** The text itself where there is nothing to escape, as in most ids. */
    private static String escaped(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isUnreserved(text.charAt(i))) {
                StringBuilder out = new StringBuilder(text.length() + 16);
                appendEscaped(out, text);
                return out.toString();
            }
        }
        return text;
    }

    /** All but RFC 3986's unreserved characters as escapes of their UTF-8 octets. */
    static void appendEscaped(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isUnreserved(c)) {
                out.append(c);
            } else if (c < 0x80) {
                appendOctet(out, c);
            } else {
                for (byte octet : text.substring(i).getBytes(StandardCharsets.UTF_8)) {
                    if (octet < 0 || !isUnreserved((char) octet)) {
                        appendOctet(out, octet);
                    } else {
                        out.append((char) octet);
                    }
                }
                return;
            }
        }
    }

    private static void appendOctet(StringBuilder out, int octet) {
        out.append('%').append(HEX[(octet >> 4) & 0xF]).append(HEX[octet & 0xF]);
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    @Override
    public String toString() {
        return text;
    }
}
