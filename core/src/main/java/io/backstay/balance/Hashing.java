package io.backstay.balance;

import io.backstay.spi.Balancer;

/** A hash of text that is the same in all processes and spreads over all 64 bits. Not for secrets. */
final class Hashing {

    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private Hashing() {}

    /** FNV-1a over the characters, then mixed; never {@link Balancer#NO_KEY}. */
    static long of(String text) {
        long hash = OFFSET;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
        }
        long mixed = mix(hash);
        return mixed == Balancer.NO_KEY ? PRIME : mixed;
    }

    /** The finalizer of MurmurHash3. */
    static long mix(long bits) {
        long mixed = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
