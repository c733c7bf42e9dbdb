package io.backstay.it.discovery;

import java.io.IOException;
import java.util.Arrays;

/** A host as a process of its own. Says {@code serving} once all is registered; ends when nobody holds its input any more. */
final class InstanceMain {

    static final String SERVING = "serving";
    static final String REPLACED = "replaced ";

    private InstanceMain() {}

    /** Of a Redis, a zone (empty for none) and ids. */
    public static void main(String[] arguments) throws IOException {
        String zone = arguments[1];
        try (Host host = new Host(FleetSettings.process(arguments[0]))) {
            for (String id : Arrays.asList(arguments).subList(2, arguments.length)) {
                host.serve(id, zone.isEmpty() ? null : zone, replaced -> say(REPLACED + id));
            }
            host.ids().forEach(id -> host.registration(id).whenRegistered().join());
            say(SERVING);
            while (System.in.read() >= 0) {
                // Whatever comes means nothing.
            }
        }
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }
}
