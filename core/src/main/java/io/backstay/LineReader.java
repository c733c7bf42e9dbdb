package io.backstay;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** Takes a text apart into lines of bounded length, each as soon as its end has arrived. Not thread-safe. */
final class LineReader {

    static final int LONGEST = 1_000_000;

    private final Reader reader;
    private final char[] buffer = new char[4096];
    private final StringBuilder line = new StringBuilder();
    private int at;
    private int end;
    private boolean afterReturn;

    LineReader(Reader reader) {
        this.reader = reader;
    }

    /**
     * The next line without its end; null where the text ends. What follows the last line end is a line unless it is empty.
     *
     * @throws IOException when the text cannot be read, or a line is too long
     */
    @Nullable
    String next() throws IOException {
        line.setLength(0);
        while (fill()) {
            if (afterReturn && buffer[at] == '\n') {
                at++;
            }
            afterReturn = false;
            if (takeLine()) {
                return line.toString();
            }
        }
        return line.length() == 0 ? null : line.toString();
    }

    private boolean fill() throws IOException {
        if (at < end) {
            return true;
        }
        at = 0;
        end = Math.max(0, reader.read(buffer));
        return end > 0;
    }

    /** Whether the line's end is in the buffer; what is before it, or all, is added to the line. */
    private boolean takeLine() throws IOException {
        int from = at;
        while (at < end && buffer[at] != '\n' && buffer[at] != '\r') {
            at++;
        }
        if (line.length() + (at - from) > LONGEST) {
            throw new IOException("a line of the body has more than " + LONGEST + " characters");
        }
        line.append(buffer, from, at - from);
        if (at == end) {
            return false;
        }
        afterReturn = buffer[at++] == '\r';
        return true;
    }
}
