package io.backstay.internal;

import io.backstay.guard.BreakerSnapshot;
import io.backstay.guard.BreakerState;
import io.backstay.spi.StateEntry;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a process has told of one of its breakers, as another reads it. Immutable.
 *
 * <p>No clock of a process is in it. An open breaker's lease ends a fixed while after its open time, so that what is left of the one
 * says what is left of the other, by the store's clock. The form is JSON with a number for its version; a form of another version, or a
 * state that is not known here, is no state at all, since processes of different builds share a store.
 *
 * @param state null when it cannot be understood here
 * @param openNanos how long it was still to be open when it was read
 * @param readNanos when it was read
 */
record SharedBreaker(
        @Nullable BreakerState state,
        long openNanos,
        int timesOpened,
        int openingsInARow,
        long downNanos,
        long readNanos) {

    private static final int FORMAT = 1;
    private static final int MOST_BYTES = 4_096;
    private static final long MOST_MILLIS = Duration.ofDays(366).toMillis();
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** The value of an entry, for a breaker as it is now, whose lease goes on for so long after the open time. */
    static byte[] encode(BreakerSnapshot snapshot, Duration beyondOpen) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("format", FORMAT);
        members.put("state", snapshot.state().name());
        members.put("openMillis", snapshot.remainingOpen().toMillis());
        members.put("beyondOpenMillis", beyondOpen.toMillis());
        members.put("timesOpened", snapshot.timesOpened());
        members.put("openingsInARow", snapshot.openingsInARow());
        members.put("downMillis", snapshot.downFor().toMillis());
        return MAPPER.writeValueAsBytes(members);
    }

    /** @throws IOException when it is nothing of this kind */
    static SharedBreaker decode(StateEntry entry, long nowNanos) throws IOException {
        JsonNode node = parse(entry.value());
        int format = node.path("format").asInt(0);
        if (format < 1) {
            throw new IOException("no format");
        }
        BreakerState state = format == FORMAT ? state(node.path("state").asString("")) : null;
        if (state == null) {
            return new SharedBreaker(null, 0, 0, 0, 0, nowNanos);
        }
        Duration told = millis(node, "openMillis");
        Duration left = entry.remainingLease()
                .map(lease -> lease.minus(millis(node, "beyondOpenMillis")))
                .orElse(told);
        long open = Math.max(0, Math.min(told.toNanos(), left.toNanos()));
        return new SharedBreaker(
                state,
                open,
                count(node, "timesOpened"),
                count(node, "openingsInARow"),
                millis(node, "downMillis").toNanos() + told.toNanos() - open,
                nowNanos);
    }

    private static JsonNode parse(byte[] octets) throws IOException {
        if (octets.length > MOST_BYTES) {
            throw new IOException("too long");
        }
        try {
            JsonNode node = MAPPER.readTree(octets);
            if (!node.isObject()) {
                throw new IOException("no object");
            }
            return node;
        } catch (JacksonException e) {
            throw new IOException("no JSON", e);
        }
    }

    private static @Nullable BreakerState state(String name) {
        return Arrays.stream(BreakerState.values())
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static Duration millis(JsonNode node, String name) {
        return Duration.ofMillis(
                Math.max(0, Math.min(MOST_MILLIS, node.path(name).asLong(0))));
    }

    private static int count(JsonNode node, String name) {
        return Math.max(0, node.path(name).asInt(0));
    }

    /** Whether it refuses calls because they failed, as far as can be known. */
    boolean isOpen(long nowNanos) {
        return state == BreakerState.OPEN && remainingOpenNanos(nowNanos) > 0;
    }

    /** Whether its state says something of the service: one that a hand has set does not, nor does one whose open time is over. */
    boolean counts(long nowNanos) {
        return state == BreakerState.CLOSED || state == BreakerState.HALF_OPEN || isOpen(nowNanos);
    }

    /** Whether a hand has set its state. */
    boolean isByHand() {
        return state == BreakerState.FORCED_OPEN || state == BreakerState.DISABLED;
    }

    private long remainingOpenNanos(long nowNanos) {
        return openNanos - (nowNanos - readNanos);
    }

    /** What it has become by now; nothing where the state is not known. */
    @Nullable
    BreakerSnapshot snapshot(long nowNanos) {
        return state == null
                ? null
                : new BreakerSnapshot(
                        state,
                        Duration.ofNanos(Math.max(0, remainingOpenNanos(nowNanos))),
                        timesOpened,
                        openingsInARow,
                        Duration.ofNanos(downNanos + Math.max(0, nowNanos - readNanos)));
    }
}
