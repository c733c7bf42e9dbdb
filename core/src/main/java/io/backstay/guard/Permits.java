package io.backstay.guard;

/**
 * How a permit is packed into a {@code long} that is never negative:
 *
 * <pre>
 * 62..45  epoch       of the phase that gave it
 * 44      slow        one of its attempts was slow
 * 43      running     an attempt is on its way
 * 42..40  generation  of the window                 } a probe: its
 * 39..38  stripe      of the thread that took it    } place and
 * 37..30  bucket      that its attempt started in   } its number
 * 29..0   tick        when its attempt started, in 2^17 ns (0.13 ms)
 * </pre>
 */
final class Permits {

    static final long SLOW = 1L << 44;
    static final long RUNNING = 1L << 43;
    static final int GENERATIONS = 8;
    static final int PLACES = 128;

    private static final int EPOCH_SHIFT = 45;
    private static final long EPOCH_MASK = (1L << 18) - 1;
    private static final int GENERATION_SHIFT = 40;
    private static final int STRIPE_SHIFT = 38;
    private static final int BUCKET_SHIFT = 30;
    private static final long TICK_MASK = (1L << 30) - 1;
    private static final int TICK_SHIFT = 17;
    private static final long WHERE_MASK = 0x1FFFL << BUCKET_SHIFT;

    /** All but stripe and tick: what the permits of a phase have in common while a bucket lasts. */
    static final long COMMON_MASK = ~((3L << STRIPE_SHIFT) | TICK_MASK);

    private Permits() {}

    static long ofEpoch(int epoch) {
        return (epoch & EPOCH_MASK) << EPOCH_SHIFT;
    }

    static boolean isOf(int epoch, long permit) {
        return permit >>> EPOCH_SHIFT == (epoch & EPOCH_MASK);
    }

    static long tick(long nanos) {
        return (nanos >> TICK_SHIFT) & TICK_MASK;
    }

    /** The least age in ticks that nothing of this time can have: what took no longer is at most one tick below, wherever ticks begin. */
    static long ticksBeyond(long nanos) {
        return ((nanos + (1L << TICK_SHIFT) - 1) >> TICK_SHIFT) + 1;
    }

    /** How long ago its attempt started, in ticks; of meaning up to 19 hours, negative for a reading from before the start. */
    static long age(long permit, long nowNanos) {
        return (((nowNanos >> TICK_SHIFT) - permit) << 34) >> 34;
    }

    static long ageNanos(long permit, long nowNanos) {
        return age(permit, nowNanos) << TICK_SHIFT;
    }

    static boolean isRunning(long permit) {
        return (permit & RUNNING) != 0;
    }

    static boolean isSlow(long permit) {
        return (permit & SLOW) != 0;
    }

    static long generation(int generation) {
        return (long) generation << GENERATION_SHIFT;
    }

    static int generationOf(long permit) {
        return (int) (permit >>> GENERATION_SHIFT) & (GENERATIONS - 1);
    }

    static long stripe(int stripe) {
        return (long) stripe << STRIPE_SHIFT;
    }

    static int stripeOf(long permit) {
        return (int) (permit >>> STRIPE_SHIFT) & 3;
    }

    static long bucket(long number) {
        return (number & 0xFF) << BUCKET_SHIFT;
    }

    static long withBucket(long permit, long number) {
        return (permit & ~bucket(0xFF)) | bucket(number);
    }

    static int bucketOf(long permit) {
        return (int) (permit >>> BUCKET_SHIFT) & 0xFF;
    }

    /** The upper half of its bucket's number as the four highest bits, whatever below. */
    static long stampAtTop(long permit) {
        return permit << (Long.SIZE - BUCKET_SHIFT - 8);
    }

    static long probe(int place, int number) {
        return (long) ((place << 6) | (number & 63)) << BUCKET_SHIFT;
    }

    static int placeOf(long permit) {
        return (int) (permit >>> (BUCKET_SHIFT + 6)) & (PLACES - 1);
    }

    /** The same permit without the place in time and memory of its attempt. */
    static long suspended(long permit, boolean slow) {
        return (permit & ~(RUNNING | TICK_MASK)) | (slow ? SLOW : 0);
    }

    /** The same permit with a new attempt. */
    static long resumed(long permit, long where, long nowNanos) {
        return (permit & ~(WHERE_MASK | TICK_MASK)) | where | RUNNING | tick(nowNanos);
    }

    /** The bits that tell a probe's place. */
    static long whereOf(long permit) {
        return permit & WHERE_MASK;
    }
}
