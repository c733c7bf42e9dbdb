package io.backstay.testkit;

/** A demand of {@link CacheStoreContract} that a store, or the way in which it is tested, may be unable to meet. */
public enum CacheRequirement {
    /** It can be away and come back, by {@link CacheStoreContract#stopStore()} and {@link CacheStoreContract#startStore()}. */
    OUTAGE,
    /** Several processes share what is in it. */
    SHARED
}
