package io.backstay.store.redis;

import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;

/**
 * What is wrong with a server or the way to it, in words that hold no secret.
 *
 * @param lasting whether only somebody's doing can mend it
 */
record RedisFailure(Reason reason, boolean lasting, String words) {

    static RedisFailure unavailable(String words) {
        return new RedisFailure(Reason.UNAVAILABLE, false, words);
    }

    static RedisFailure refused(String words) {
        return new RedisFailure(Reason.REFUSED, true, words);
    }

    /** For an operation that was not begun because of it. */
    StateStoreException notBegun() {
        return new StateStoreException(reason, false, words, null);
    }

    StateStoreException exception(boolean mayHaveBeenDone) {
        return new StateStoreException(reason, mayHaveBeenDone, words, null);
    }

    @Override
    public String toString() {
        return words;
    }
}
