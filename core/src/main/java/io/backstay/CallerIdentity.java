package io.backstay;

/**
 * On whose behalf a call is made. Answers are shared (cached, joined) only between callers of the same identity.
 *
 * @param id a name that is safe to log: never a token
 */
public record CallerIdentity(String id) {

    /** Checks that there is a name. */
    public CallerIdentity {
        if (id == null || id.isBlank()) {
            throw new IllegalArgumentException("a caller's identity needs a name that is not blank");
        }
    }
}
