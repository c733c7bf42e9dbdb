package io.backstay.spi;

import java.util.Random;
import java.util.random.RandomGenerator;

/** Where chance comes from: jitter, balancing, correlation ids. Never used for secrets. Thread-safe. */
public interface RandomSource extends RandomGenerator {

    /** The generator of each thread. */
    static RandomSource system() {
        return SystemTime.RANDOM;
    }

    /** A generator that gives the same numbers for the same seed, when called in the same order. */
    static RandomSource seeded(long seed) {
        Random random = new Random(seed);
        return random::nextLong;
    }
}
