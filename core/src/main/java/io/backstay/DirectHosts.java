package io.backstay;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The hosts that are called without the proxy, loopback among them. Immutable. */
final class DirectHosts {

    private static final Pattern NAME = Pattern.compile("(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?");
    private static final Pattern IPV6 = Pattern.compile("\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*]?");
    private static final Pattern LOOPBACK =
            Pattern.compile("(.+\\.)?localhost|127(\\.\\d{1,3}){3}|::1|(0{1,4}:){7}0{0,3}1");

    private final Set<String> exact = new HashSet<>();
    private final List<String> suffixes = new ArrayList<>();

    DirectHosts(List<String> hosts) {
        for (String host : hosts) {
            String plain = plain(host);
            if (plain.startsWith("*.")) {
                suffixes.add(plain.substring(1));
            } else {
                exact.add(plain);
            }
        }
    }

    /** Refuses what is neither a host nor a suffix. */
    static void require(String host) {
        if (host == null || !(NAME.matcher(host).matches() || IPV6.matcher(host).matches())) {
            throw new ConfigurationException(Settings.PROXY_DIRECT.name() + " cannot hold " + host
                    + "; allowed: host names and addresses without a port, and *.suffix");
        }
    }

    boolean contain(String host) {
        String plain = plain(host);
        return LOOPBACK.matcher(plain).matches()
                || exact.contains(plain)
                || suffixes.stream().anyMatch(suffix -> plain.length() > suffix.length() && plain.endsWith(suffix));
    }

    private static String plain(String host) {
        String plain = host.toLowerCase(Locale.ROOT);
        if (plain.startsWith("[") && plain.endsWith("]")) {
            return plain.substring(1, plain.length() - 1);
        }
        return plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
    }
}
