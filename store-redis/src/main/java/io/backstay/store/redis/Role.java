package io.backstay.store.redis;

/** What a connection is for. */
enum Role {
    /** Operations, one behind the other. */
    COMMANDS,
    /** Operations that wait for a replica, and hold up the others on their connection meanwhile. */
    DURABLE,
    /** Messages of changes. */
    MESSAGES,
    /** Questions about the servers of a cluster, which a replica may answer too. */
    TOPOLOGY,
    /** Messages and answers of a Sentinel. */
    SENTINEL;

    boolean wantsPrimary() {
        return this == COMMANDS || this == DURABLE;
    }
}
