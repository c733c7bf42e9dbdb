package io.backstay.store.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is and who to be there, as a URI says it.
 *
 * @param nodes the server; or Sentinels, or nodes of a cluster to begin with
 * @param primary the name by which Sentinels know the primary; null for other kinds
 */
record Address(
        Kind kind,
        boolean tls,
        List<Node> nodes,
        @Nullable String primary,
        int database,
        @Nullable String user,
        @Nullable String password) {

    /** How servers belong together. */
    enum Kind {
        STANDALONE,
        SENTINEL,
        CLUSTER
    }

    /** Without user and password. */
    @Override
    public String toString() {
        return switch (kind) {
            case STANDALONE -> "Redis at " + nodes.get(0);
            case SENTINEL -> "Redis " + primary + " behind Sentinels at " + words();
            case CLUSTER -> "Redis Cluster by " + words();
        };
    }

    private String words() {
        return String.join(", ", nodes.stream().map(Node::toString).toList());
    }
}
