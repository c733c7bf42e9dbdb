package io.backstay.store.redis;

/** Carries a {@link RedisFailure} through futures. */
final class FailedConnection extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient RedisFailure failure;

    FailedConnection(RedisFailure failure) {
        super(failure.words(), null, false, false);
        this.failure = failure;
    }

    RedisFailure failure() {
        return failure;
    }
}
