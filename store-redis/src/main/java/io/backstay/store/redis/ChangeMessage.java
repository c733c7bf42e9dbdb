package io.backstay.store.redis;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message of changes, as the scripts write it: a line with format, epoch, revision and count; then for each change a line with
 * kind, length of key and value, and lease, and behind it key and value.
 *
 * @param changes with consecutive revisions up to the position's; empty when they were too long to be told
 */
record ChangeMessage(TablePosition position, List<StateChange> changes) {

    private static final String FORMAT = "1";
    private static final int LONGEST_LINE = 128;

    /** What anybody may have published; nothing when it is none of ours, of a newer format, or damaged. */
    static Optional<ChangeMessage> parse(byte[] message) {
        try {
            return Optional.of(new Reader(message).read());
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static final class Reader {

        private final byte[] message;
        private int at;

        Reader(byte[] message) {
            this.message = message;
        }

        ChangeMessage read() throws CharacterCodingException {
            String[] head = line(4);
            if (!head[0].equals(FORMAT) || head[1].isEmpty()) {
                throw new IllegalArgumentException("another format");
            }
            TablePosition position = new TablePosition(head[1], Long.parseLong(head[2]));
            int count = number(head[3], StateStore.MAX_BATCH_CHANGES);
            List<StateChange> changes = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                changes.add(change(position.revision() - count + 1 + i));
            }
            if (at != message.length) {
                throw new IllegalArgumentException("something follows");
            }
            return new ChangeMessage(position, changes);
        }

        private StateChange change(long revision) throws CharacterCodingException {
            String[] head = line(4);
            int keyLength = number(head[1], StateStore.MAX_KEY_BYTES);
            int valueLength = number(head[2], StateStore.MAX_VALUE_BYTES);
            Duration lease = lease(head[3]);
            String key = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(java.nio.ByteBuffer.wrap(octets(keyLength)))
                    .toString();
            StateWrite.checkKey(key);
            byte[] value = octets(valueLength);
            return switch (head[0]) {
                case "P" -> StateChange.put(key, revision, value, lease);
                case "R" -> StateChange.removed(key, revision);
                case "E" -> StateChange.expired(key, revision);
                default -> throw new IllegalArgumentException("an unknown change");
            };
        }

        private String[] line(int parts) {
            int end = at;
            while (end < message.length && message[end] != '\n') {
                if (end - at > LONGEST_LINE) {
                    throw new IllegalArgumentException("a line is too long");
                }
                end++;
            }
            if (end == message.length) {
                throw new IllegalArgumentException("a line does not end");
            }
            String[] words = new String(message, at, end - at, StandardCharsets.ISO_8859_1).split(" ", -1);
            if (words.length != parts) {
                throw new IllegalArgumentException("a line is none");
            }
            at = end + 1;
            return words;
        }

        private byte[] octets(int length) {
            if (length > message.length - at) {
                throw new IllegalArgumentException("it is cut");
            }
            byte[] octets = Arrays.copyOfRange(message, at, at + length);
            at += length;
            return octets;
        }

        private static int number(String text, int most) {
            int number = Integer.parseInt(text);
            if (number < 0 || number > most) {
                throw new IllegalArgumentException("a number is none");
            }
            return number;
        }
    }

    /** What is left of a lease: ms, or '-' for none. */
    static @Nullable Duration lease(String text) {
        if (text.equals("-")) {
            return null;
        }
        long millis = Long.parseLong(text);
        if (millis < 0) {
            throw new IllegalArgumentException("a lease is none");
        }
        return Duration.ofMillis(millis);
    }
}
