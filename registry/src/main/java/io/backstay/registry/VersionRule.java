package io.backstay.registry;

import io.backstay.ConfigurationException;

/**
 * Which versions are wanted: {@code 1.4.2} that one, {@code 1.4.*} all that begin so, {@code [1.2,2.0)} all from the first to before the
 * second, with either end left out by choice.
 *
 * <p>Versions are compared part by part between dots, as numbers where both are; a missing part is 0, and what follows a hyphen comes
 * before the same version without it. What follows a plus sign does not count.
 */
final class VersionRule {

    private enum Kind {
        EXACT,
        PREFIX,
        RANGE
    }

    private final String text;
    private final Kind kind;
    private final String low;
    private final String high;

    private VersionRule(String text, Kind kind, String low, String high) {
        this.text = text;
        this.kind = kind;
        this.low = low;
        this.high = high;
    }

    static VersionRule parse(String text) {
        if (text.endsWith(".*")) {
            return new VersionRule(text, Kind.PREFIX, checked(text, text.substring(0, text.length() - 2)), "");
        }
        if (!text.startsWith("[") && !text.startsWith("(")) {
            return new VersionRule(text, Kind.EXACT, checked(text, text), "");
        }
        int comma = text.indexOf(',');
        if (comma < 0 || !(text.endsWith("]") || text.endsWith(")"))) {
            throw none(text);
        }
        String low = text.substring(1, comma).trim();
        String high = text.substring(comma + 1, text.length() - 1).trim();
        if ((low + high).isEmpty() || high.indexOf(',') >= 0) {
            throw none(text);
        }
        if (!low.isEmpty() && !high.isEmpty() && compare(low, high) > 0) {
            throw new ConfigurationException("the range of versions " + text + " ends before it begins");
        }
        return new VersionRule(text, Kind.RANGE, low, high);
    }

    private static String checked(String text, String version) {
        if (version.isBlank() || version.chars().anyMatch(c -> "[](),*".indexOf(c) >= 0)) {
            throw none(text);
        }
        return version;
    }

    private static ConfigurationException none(String text) {
        return new ConfigurationException(
                "no versions are told by " + text + "; allowed: as 1.4.2, as 1.4.*, or as [1.2,2.0)");
    }

    boolean matches(String version) {
        return switch (kind) {
            case EXACT -> compare(version, low) == 0;
            case PREFIX -> version.equals(low) || version.startsWith(low + ".");
            case RANGE -> isAbove(version) && isBelow(version);
        };
    }

    private boolean isAbove(String version) {
        int order = low.isEmpty() ? 1 : compare(version, low);
        return order > 0 || (order == 0 && text.startsWith("["));
    }

    private boolean isBelow(String version) {
        int order = high.isEmpty() ? -1 : compare(version, high);
        return order < 0 || (order == 0 && text.endsWith("]"));
    }

    static int compare(String one, String other) {
        String a = withoutBuild(one);
        String b = withoutBuild(other);
        int order = compareParts(core(a), core(b));
        return order != 0 ? order : comparePreliminary(preliminary(a), preliminary(b));
    }

    private static String withoutBuild(String version) {
        int plus = version.indexOf('+');
        return plus < 0 ? version : version.substring(0, plus);
    }

    private static String core(String version) {
        int hyphen = version.indexOf('-');
        return hyphen < 0 ? version : version.substring(0, hyphen);
    }

    private static String preliminary(String version) {
        int hyphen = version.indexOf('-');
        return hyphen < 0 ? "" : version.substring(hyphen + 1);
    }

    private static int comparePreliminary(String a, String b) {
        if (a.isEmpty() || b.isEmpty()) {
            return Boolean.compare(a.isEmpty(), b.isEmpty());
        }
        return compareParts(a, b);
    }

    private static int compareParts(String a, String b) {
        String[] as = a.split("\\.", -1);
        String[] bs = b.split("\\.", -1);
        for (int i = 0; i < Math.max(as.length, bs.length); i++) {
            int order = comparePart(i < as.length ? as[i] : "0", i < bs.length ? bs[i] : "0");
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    /** Numbers of any length, without making any; a number comes before a word. */
    private static int comparePart(String a, String b) {
        boolean aIsNumber = isNumber(a);
        if (aIsNumber != isNumber(b)) {
            return aIsNumber ? -1 : 1;
        }
        if (!aIsNumber) {
            return a.compareTo(b);
        }
        String x = withoutZeros(a);
        String y = withoutZeros(b);
        return x.length() != y.length() ? Integer.compare(x.length(), y.length()) : x.compareTo(y);
    }

    private static boolean isNumber(String part) {
        return !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static String withoutZeros(String number) {
        int start = 0;
        while (start < number.length() - 1 && number.charAt(start) == '0') {
            start++;
        }
        return number.substring(start);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VersionRule that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
