package io.backstay.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which server of a cluster has which slot. Immutable. */
final class SlotMap {

    static final int SLOTS = 16_384;

    static final SlotMap EMPTY = new SlotMap(new Node[SLOTS], Set.of());

    private final @Nullable Node[] primaries;
    private final Set<Node> all;

    private SlotMap(@Nullable Node[] primaries, Set<Node> all) {
        this.primaries = primaries;
        this.all = all;
    }

    /**
     * The answer to {@code CLUSTER SLOTS}.
     *
     * @param from who has answered: a server that does not know its own name is meant by an empty one
     */
    static SlotMap parse(List<Object> reply, Node from) {
        @Nullable Node[] primaries = new Node[SLOTS];
        Set<Node> all = new LinkedHashSet<>();
        Map<Node, Node> known = new HashMap<>();
        for (Object each : reply) {
            if (!(each instanceof List<?> range)) {
                throw Replies.damaged();
            }
            long first = Replies.number(range, 0);
            long last = Replies.number(range, 1);
            if (first < 0 || last >= SLOTS || first > last) {
                throw Replies.damaged();
            }
            for (int i = 2; i < range.size(); i++) {
                Node node = known.computeIfAbsent(node(range.get(i), from), same -> same);
                all.add(node);
                if (i == 2) {
                    Arrays.fill(primaries, (int) first, (int) last + 1, node);
                }
            }
        }
        return new SlotMap(primaries, all);
    }

    private static Node node(@Nullable Object part, Node from) {
        if (!(part instanceof List<?> parts)) {
            throw Replies.damaged();
        }
        long port = Replies.number(parts, 1);
        if (port < 1 || port > 65_535) {
            throw Replies.damaged();
        }
        String host = parts.get(0) instanceof byte[] octets ? new String(octets, StandardCharsets.UTF_8) : "";
        return Node.of(host.isEmpty() || host.equals("?") ? from.host() : host, (int) port);
    }

    @Nullable
    Node primary(int slot) {
        return primaries[slot];
    }

    /** The same with one slot elsewhere. */
    SlotMap with(int slot, Node node) {
        @Nullable Node[] changed = primaries.clone();
        changed[slot] = node;
        Set<Node> more = new LinkedHashSet<>(all);
        more.add(node);
        return new SlotMap(changed, more);
    }

    boolean isPrimary(Node node) {
        return Arrays.asList(primaries).contains(node);
    }

    /** Primaries and replicas. */
    Set<Node> all() {
        return all;
    }

    boolean isEmpty() {
        return all.isEmpty();
    }
}
