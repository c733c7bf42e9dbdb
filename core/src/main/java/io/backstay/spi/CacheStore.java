package io.backstay.spi;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A cache of octets with an expiry for each entry. What is in it may be gone at any moment; what is away or too slow is a miss to who
 * asks, so a stage that fails, with a {@link StateStoreException}, never need fail a call. Thread-safe; no operation blocks.
 */
public interface CacheStore extends AutoCloseable {

    /** The greatest length of a key, in octets of UTF-8. */
    int MAX_KEY_BYTES = 1_024;

    /** What is under a key and has not expired. The octets must not be changed. */
    CompletionStage<Optional<byte[]>> get(String key);

    /**
     * Keeps octets under a key, in place of what is there; they must not be changed.
     *
     * @param timeToLive more than zero; a store may keep it for less
     * @throws IllegalArgumentException when the key is empty or too long, the value longer than {@link #maxValueBytes}, or the time
     *     not more than zero
     */
    CompletionStage<Void> put(String key, byte[] value, Duration timeToLive);

    /** Forgets what is under these keys. */
    CompletionStage<Void> remove(Collection<String> keys);

    /** How long a value may be at most, in octets. */
    int maxValueBytes();

    /** Frees what it holds; what is kept elsewhere stays. May be called twice. */
    @Override
    void close();
}
