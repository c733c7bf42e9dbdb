package io.backstay.store.redis;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the scripts answer, understood; their own comments say what each part is. */
final class ScriptAnswers {

    private static final int FIRST_VERSION = 5;
    private static final int FIRST_CHANGE = 6;
    private static final int EACH_CHANGE = 5;

    /** What a sweep has done. */
    record Swept(boolean more, boolean here, long shortestLeaseMillis, long expired) {}

    private ScriptAnswers() {}

    /** @throws StateStoreException when the table is of a format that this build does not know */
    static List<?> checked(String table, List<?> answer) {
        if (Replies.text(answer, 0).equals("format")) {
            throw new StateStoreException(
                    Reason.REFUSED,
                    false,
                    "the table " + table + " is of a format that a later Backstay has made: "
                            + printable(Replies.text(answer, 1)),
                    null);
        }
        return answer;
    }

    private static String printable(String text) {
        return text.matches("[0-9A-Za-z.]{1,16}") ? text : "an unreadable one";
    }

    static TablePosition position(List<?> answer, int at) {
        try {
            return new TablePosition(Replies.text(answer, at), Replies.number(answer, at + 1));
        } catch (IllegalArgumentException e) {
            throw Replies.damaged();
        }
    }

    static StateWritten written(List<?> answer, int count) {
        TablePosition position = position(answer, 1);
        return switch (Replies.text(answer, 0)) {
            case "done" -> {
                List<Long> versions = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    versions.add(Replies.number(answer, FIRST_VERSION + i));
                }
                yield StateWritten.applied(position, versions);
            }
            case "conflict" -> StateWritten.refused(position, Replies.text(answer, 3));
            case "position" -> StateWritten.refused(position, null);
            default -> throw Replies.damaged();
        };
    }

    /** A piece of a table, for one that was somewhere when it asked. */
    static StateChanges changes(List<?> answer, Reader reader) {
        boolean reset = Replies.flag(answer, 1);
        boolean complete = Replies.flag(answer, 2);
        TablePosition position = position(answer, 3);
        long now = Replies.number(answer, 5);
        List<StateChange> changes = new ArrayList<>();
        for (int at = FIRST_CHANGE; at < answer.size(); at += EACH_CHANGE) {
            changes.add(change(answer, at));
        }
        if (complete) {
            return new StateChanges(reset, changes, position, true);
        }
        Reader next = new Reader(position.epoch(), position.revision(), reset ? now : reader.began());
        return new StateChanges(reset, changes, next.partly(), false);
    }

    static StateChange change(List<?> answer, int at) {
        String key = Replies.text(answer, at + 1);
        long revision = Replies.number(answer, at + 2);
        return switch (Replies.text(answer, at)) {
            case "P" -> StateChange.put(key, revision, Replies.octets(answer, at + 4), lease(answer, at + 3));
            case "R" -> StateChange.removed(key, revision);
            case "E" -> StateChange.expired(key, revision);
            default -> throw Replies.damaged();
        };
    }

    static @Nullable Duration lease(List<?> answer, int at) {
        try {
            return ChangeMessage.lease(Replies.text(answer, at));
        } catch (IllegalArgumentException e) {
            throw Replies.damaged();
        }
    }

    static Swept swept(List<?> answer) {
        return new Swept(
                Replies.flag(answer, 1), Replies.flag(answer, 2), Replies.number(answer, 3), Replies.number(answer, 4));
    }
}
