package io.backstay.demo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What the program is to do. */
sealed interface Options {

    int DEFAULT_RATE = 20;
    int MAX_RATE = 1_000;
    int DEFAULT_SECONDS = 10;
    int MAX_SECONDS = 3_600;
    int MAX_PORT = 65_535;

    /** The demo. */
    record Run(boolean quick) implements Options {}

    /** Guarded calls to a server of the user's own, so many per second. */
    record Against(URI target, int rate, int seconds) implements Options {}

    /** One service's process; port 0 is any free one. */
    record Serve(Resource resource, int port) implements Options {}

    /**
     * Reads the command line.
     *
     * @throws UsageException when it asks for what cannot be done
     */
    static Options parse(String... arguments) {
        if (arguments.length > 0 && arguments[0].equals("serve")) {
            return serve(arguments);
        }
        Map<String, String> given = read(arguments);
        String against = given.get("--against");
        if (against == null) {
            for (String name : given.keySet()) {
                if (!name.equals("--quick")) {
                    throw new UsageException(name + " goes only with --against URL");
                }
            }
            return new Run(given.containsKey("--quick"));
        }
        if (given.containsKey("--quick")) {
            throw new UsageException("--quick does not go with --against; use --seconds N");
        }
        return new Against(
                target(against),
                number(given, "--rate", DEFAULT_RATE, MAX_RATE),
                number(given, "--seconds", DEFAULT_SECONDS, MAX_SECONDS));
    }

    private static Map<String, String> read(String... arguments) {
        Map<String, String> given = new LinkedHashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i];
            if (!Set.of("--quick", "--against", "--rate", "--seconds").contains(name)) {
                throw new UsageException("unknown option " + name + "; see ./demo.sh --help");
            }
            String value = "";
            if (!name.equals("--quick")) {
                if (++i == arguments.length || arguments[i].startsWith("--")) {
                    throw new UsageException(name + " needs a value; see ./demo.sh --help");
                }
                value = arguments[i];
            }
            if (given.put(name, value) != null) {
                throw new UsageException(name + " is given twice");
            }
        }
        return given;
    }

    private static int number(Map<String, String> given, String name, int otherwise, int most) {
        String text = given.get(name);
        if (text == null) {
            return otherwise;
        }
        String range = "; allowed: a whole number from 1 to " + most;
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(name + " cannot be " + text + range);
        }
        throw new UsageException(name + " cannot be " + text + range);
    }

    /** The text is repeated in no message before it is certain that no credentials are in it. */
    private static URI target(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new UsageException("the address after --against cannot be read: " + e.getReason() + " at position "
                    + e.getIndex() + "; give one as http://localhost:8080/users/1");
        }
        if (uri.getRawUserInfo() != null
                || (uri.getRawAuthority() != null && uri.getRawAuthority().contains("@"))) {
            throw new UsageException("the address after --against holds credentials, which do not belong there");
        }
        String scheme = uri.getScheme();
        if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
            throw new UsageException("the address after --against must begin with http:// or https://");
        }
        if (uri.getHost() == null) {
            throw new UsageException(
                    "the address after --against has no host that can be read; give one as http://localhost:8080/users/1");
        }
        if (uri.getPort() == 0 || uri.getPort() > MAX_PORT) {
            throw new UsageException("the address after --against has a port that is not from 1 to 65535");
        }
        return uri;
    }

    private static Serve serve(String... arguments) {
        if (arguments.length != 3) {
            throw new UsageException("serve needs the name of a service and a port, not " + Arrays.toString(arguments));
        }
        if (!arguments[2].matches("[0-9]{1,5}") || Integer.parseInt(arguments[2]) > MAX_PORT) {
            throw new UsageException("serve cannot listen on port " + arguments[2]);
        }
        return new Serve(Resource.ofService(arguments[1]), Integer.parseInt(arguments[2]));
    }
}
