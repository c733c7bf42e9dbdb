package io.backstay.registry;

import java.nio.charset.StandardCharsets;

/**
 * Who looks after what, agreed without a word: of all who could, those whose number together with the thing's is highest. When one comes
 * or goes, only what is its changes hands. The numbers are the same in every process and build.
 */
final class Rendezvous {

    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private Rendezvous() {}

    /** A number for a name: FNV-1a of 64 bits over its octets, finished by a mix. */
    static long hash(String name) {
        long hash = OFFSET;
        for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (octet & 0xFF)) * PRIME;
        }
        return mix(hash);
    }

    /** How much one who could has to do with a thing. */
    static long score(long candidate, long thing) {
        return mix(candidate ^ Long.rotateLeft(thing, 31));
    }

    /** The finishing mix of splitmix64. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
