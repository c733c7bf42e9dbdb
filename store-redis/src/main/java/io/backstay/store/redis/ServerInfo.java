package io.backstay.store.redis;

import java.util.HashMap;
import java.util.Map;

/** What a server says about itself by {@code INFO}. */
record ServerInfo(Map<String, String> fields) {

    private static final int LEAST_MAJOR = 6;
    private static final int LEAST_MINOR = 2;

    static ServerInfo parse(String text) {
        Map<String, String> fields = new HashMap<>();
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0 && line.charAt(0) != '#') {
                fields.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        });
        return new ServerInfo(fields);
    }

    String field(String name) {
        return fields.getOrDefault(name, "");
    }

    boolean isPrimary() {
        return field("role").equals("master");
    }

    /** 6.2 or later; what has no version is too old. */
    boolean isNewEnough() {
        String[] parts = field("redis_version").split("\\.", -1);
        if (parts.length < 2 || !parts[0].matches("\\d{1,4}") || !parts[1].matches("\\d{1,4}")) {
            return false;
        }
        int major = Integer.parseInt(parts[0]);
        return major > LEAST_MAJOR || (major == LEAST_MAJOR && Integer.parseInt(parts[1]) >= LEAST_MINOR);
    }

    /** Whether it throws away what has no expiry when its memory is full. */
    boolean evictsAnything() {
        return field("maxmemory_policy").startsWith("allkeys-")
                && !field("maxmemory").equals("0");
    }
}
