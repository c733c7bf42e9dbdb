package io.backstay.testkit;

/** A demand of {@link StateStoreContract} that a store, or the way in which it is tested, may be unable to meet. */
public enum StateRequirement {
    /** It can be away and come back, by {@link StateStoreContract#stopStore()} and {@link StateStoreContract#startStore()}. */
    OUTAGE,
    /** It can lose what it holds, by {@link StateStoreContract#loseEverything()}. */
    LOSS,
    /** An entry can be made unreadable behind its back, by {@link StateStoreContract#damage}. */
    DAMAGED_ENTRY,
    /** A table can be made unusable behind its back, by {@link StateStoreContract#damageTable}. */
    DAMAGED_TABLE,
    /** Its clock is not that of the process which uses it. */
    CLOCK_OF_ITS_OWN,
    /** What it holds is there as long as there is another process that uses it. */
    OUTLIVES_ITS_HANDLES
}
