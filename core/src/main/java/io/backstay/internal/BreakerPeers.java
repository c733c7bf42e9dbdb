package io.backstay.internal;

import io.backstay.state.ReplicaChange;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What other processes tell of their breakers, by the breaker's name. Changed by one thread at a time, read by all. */
final class BreakerPeers {

    private static final char SEPARATOR = '|';

    /** How many others there are that say something, and how many of them are open. */
    record Count(int open, int all) {
        static final Count NONE = new Count(0, 0);
    }

    private final String process;
    private final Map<String, Map<String, SharedBreaker>> byBreaker = new ConcurrentHashMap<>();

    /** Peers of a process, which is none of them. */
    BreakerPeers(String process) {
        this.process = process;
    }

    /** The key of a process' entry of a breaker; the name of a process holds no separator. */
    static String key(String breaker, String process) {
        return breaker + SEPARATOR + process;
    }

    /** Takes over a change of an entry; the breaker's name if it is one of another process', else null. */
    @Nullable
    String onChange(ReplicaChange<SharedBreaker> change) {
        int end = change.key().lastIndexOf(SEPARATOR);
        String other = change.key().substring(end + 1);
        if (end < 1 || other.equals(process)) {
            return null;
        }
        String breaker = change.key().substring(0, end);
        SharedBreaker told = change.newValue();
        byBreaker.compute(breaker, (name, known) -> {
            Map<String, SharedBreaker> all = known == null ? new ConcurrentHashMap<>() : known;
            if (told == null) {
                all.remove(other);
            } else {
                all.put(other, told);
            }
            return all.isEmpty() ? null : all;
        });
        return breaker;
    }

    Count count(String breaker, long nowNanos) {
        Map<String, SharedBreaker> all = byBreaker.get(breaker);
        if (all == null) {
            return Count.NONE;
        }
        int counted = 0;
        int open = 0;
        for (SharedBreaker peer : all.values()) {
            counted += peer.counts(nowNanos) ? 1 : 0;
            open += peer.isOpen(nowNanos) ? 1 : 0;
        }
        return new Count(open, counted);
    }
}
