package io.backstay.store.redis;

import org.jspecify.annotations.Nullable;

/** Who to be at a server. Shows nothing of it. */
record Credentials(@Nullable String user, @Nullable String password) {

    static final Credentials NONE = new Credentials(null, null);

    @Override
    public String toString() {
        return password == null ? "nobody" : "somebody";
    }
}
