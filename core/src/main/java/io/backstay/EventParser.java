package io.backstay;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Puts events together from the lines of a {@code text/event-stream} (WHATWG HTML §9.2.6). Not thread-safe. */
final class EventParser {

    private static final int MOST_DIGITS = 12;

    private final LineReader lines;
    private boolean begun;
    private String type = "";
    private @Nullable StringBuilder data;
    private String lastEventId = "";
    private @Nullable Duration retry;

    EventParser(LineReader lines) {
        this.lines = lines;
    }

    /** The next event; null at the end. One that the end cuts short is left out, as the standard has it. */
    @Nullable
    ServerSentEvent next() throws IOException {
        String line = lines.next();
        while (line != null) {
            if (!begun) {
                begun = true;
                line = line.startsWith("\uFEFF") ? line.substring(1) : line;
            }
            if (!line.isEmpty()) {
                takeField(line);
            } else if (data != null) {
                return event(data);
            } else {
                reset();
            }
            line = lines.next();
        }
        return null;
    }

    private void takeField(String line) throws IOException {
        int colon = line.indexOf(':');
        String name = colon < 0 ? line : line.substring(0, colon);
        String value = colon < 0 ? "" : line.substring(colon + 1);
        value = value.startsWith(" ") ? value.substring(1) : value;
        switch (name) {
            case "event" -> type = value;
            case "data" -> addData(value);
            case "id" -> lastEventId = value.indexOf('\0') < 0 ? value : lastEventId;
            case "retry" -> retry = isNumber(value) ? Duration.ofMillis(Long.parseLong(value)) : retry;
            default -> {
                // A comment, whose name is empty, or a field of a later standard.
            }
        }
    }

    private void addData(String value) throws IOException {
        StringBuilder sofar = data;
        if (sofar == null) {
            data = new StringBuilder(value);
            return;
        }
        if (sofar.length() + value.length() >= LineReader.LONGEST) {
            throw new IOException("an event of the body has more than " + LineReader.LONGEST + " characters");
        }
        sofar.append('\n').append(value);
    }

    private static boolean isNumber(String value) {
        return !value.isEmpty()
                && value.length() <= MOST_DIGITS
                && value.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private ServerSentEvent event(StringBuilder lines) {
        ServerSentEvent event =
                new ServerSentEvent(type.isEmpty() ? "message" : type, lines.toString(), lastEventId, retry);
        retry = null;
        reset();
        return event;
    }

    private void reset() {
        type = "";
        data = null;
    }
}
