package io.backstay.store.redis;

import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;

/**
 * The keys of one table, all with the same hash tag, and its channel: see docs/redis-layout.md. The octets must not be changed.
 *
 * @param keys in the order in which scripts want them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TableKeys(byte[][] keys, byte[] channel, int slot) {

    private static final String[] PARTS = {"meta", "values", "versions", "expiry", "leases", "removed"};

    static TableKeys of(String prefix, String table, int database) {
        String begin = prefix + ":{" + table + "}:";
        byte[][] keys = new byte[PARTS.length][];
        for (int i = 0; i < PARTS.length; i++) {
            keys[i] = octets(begin + PARTS[i]);
        }
        // Channels know no databases.
        String channel = begin + "changes" + (database == 0 ? "" : "@" + database);
        return new TableKeys(keys, octets(channel), SlotHash.getSlot(keys[0]));
    }

    static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
