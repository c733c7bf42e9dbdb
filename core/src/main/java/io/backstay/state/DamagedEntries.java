package io.backstay.state;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which entries of a table cannot be decoded at present, each version of them told once. Changed by one thread at a time. */
final class DamagedEntries {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private final String table;
    private Map<String, Long> versions = new HashMap<>();
    /** What has been told in the life before, since a table often has the same entries in its next. */
    private Map<String, Long> toldBefore = new HashMap<>();

    private volatile int count;

    DamagedEntries(String table) {
        this.table = table;
    }

    int count() {
        return count;
    }

    /**
     * An entry cannot be decoded.
     *
     * @param why without anything of its value
     */
    void found(String key, long version, String why) {
        Long before = versions.put(key, version);
        count = versions.size();
        if (before == null) {
            before = toldBefore.get(key);
        }
        if (before == null || before != version) {
            LOG.atWarn()
                    .addKeyValue("table", table)
                    .addKeyValue("key", key)
                    .addKeyValue("version", version)
                    .log("[{}] the entry {} at version {} cannot be used ({})", table, key, version, why);
        }
    }

    /** An entry can be decoded, or has gone. */
    void mended(String key) {
        if (count > 0) {
            versions.remove(key);
            count = versions.size();
        }
    }

    /** The table is another one, with versions of its own. */
    void beginLife() {
        toldBefore = versions;
        versions = new HashMap<>();
        count = 0;
    }
}
