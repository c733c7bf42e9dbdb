package io.backstay;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A form with files as the body of a request ({@code multipart/form-data}, RFC 7578). Files are read while they are sent. It
 * can be sent again when all of its parts can be. Immutable.
 *
 * <pre>{@code
 * documents.post("/documents")
 *         .multipart(Multipart.builder().field("title", "Plan").file("content", Path.of("plan.pdf")).build())
 *         .as(Document.class);
 * }</pre>
 */
public final class Multipart {

    private static final String OCTETS = "application/octet-stream";

    private final String boundary;
    private final List<BodySource> pieces;

    private Multipart(Builder builder) {
        this.boundary = builder.boundary;
        List<BodySource> all = new ArrayList<>(builder.pieces);
        all.add(text("--" + boundary + "--\r\n"));
        this.pieces = List.copyOf(all);
    }

    /** An empty form. */
    public static Builder builder() {
        return new Builder();
    }

    /** The media type, with the boundary between parts. */
    public String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    /** The whole as it is sent. Its length is known when that of each part is. */
    public BodySource source() {
        long length = 0;
        boolean known = true;
        boolean replayable = true;
        for (BodySource piece : pieces) {
            OptionalLong each = piece.length();
            known &= each.isPresent();
            length += each.orElse(0);
            replayable &= piece.isReplayable();
        }
        BodySource.Opener opener = () -> new PiecesStream(pieces);
        return BodySource.of(opener, known ? OptionalLong.of(length) : OptionalLong.empty(), replayable);
    }

    private static BodySource text(String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        return BodySource.of(() -> new ByteArrayInputStream(octets), octets.length);
    }

    @Override
    public String toString() {
        return "a form of " + (pieces.size() - 1) / 3 + " parts";
    }

    /** Builds a {@link Multipart}. Not thread-safe. Parts are sent in the order they are added; names may repeat. */
    public static final class Builder {

        /** Not to be guessed, so that no content can contain it on purpose. */
        private final String boundary = "backstay-" + UUID.randomUUID();

        private final List<BodySource> pieces = new ArrayList<>();

        private Builder() {}

        /** A field of text. */
        public Builder field(String name, String value) {
            return part(
                    "name=" + quoted("name", name), "text/plain; charset=UTF-8", text(Require.nonNull(name, value)));
        }

        /** A value in a media type of its own, already encoded. */
        public Builder field(String name, String mediaType, byte[] value) {
            byte[] octets = value.clone();
            BodySource source = BodySource.of(() -> new ByteArrayInputStream(octets), octets.length);
            return part("name=" + quoted("name", name), mediaType, source);
        }

        /**
         * A file, by its own name, as {@code application/octet-stream}.
         *
         * @throws InvalidRequestException when it is no file that can be read
         */
        public Builder file(String name, Path file) {
            return file(name, String.valueOf(file.getFileName()), OCTETS, BodySource.of(file));
        }

        /** A file of this name and media type. */
        public Builder file(String name, String fileName, String mediaType, BodySource content) {
            return part(
                    "name=" + quoted("name", name) + "; filename=" + quoted("file name", fileName), mediaType, content);
        }

        private Builder part(String disposition, String mediaType, BodySource content) {
            Headers.of("Content-Type", mediaType);
            pieces.add(text("--" + boundary + "\r\nContent-Disposition: form-data; " + disposition
                    + "\r\nContent-Type: " + mediaType + "\r\n\r\n"));
            pieces.add(Require.nonNull("content", content));
            pieces.add(text("\r\n"));
            return this;
        }

        /** As browsers write it (WHATWG HTML §4.10.21.8), so that no name can end its field. */
        private static String quoted(String what, String name) {
            if (name == null || name.isEmpty()) {
                throw new InvalidRequestException("form part's " + what, "is empty");
            }
            return '"' + name.replace("\r", "%0D").replace("\n", "%0A").replace("\"", "%22") + '"';
        }

        /**
         * The form.
         *
         * @throws InvalidRequestException when it has no part
         */
        public Multipart build() {
            if (pieces.isEmpty()) {
                throw new InvalidRequestException("form", "has no part");
            }
            return new Multipart(this);
        }
    }

    /** One piece after the other, each opened when the one before has ended. */
    private static final class PiecesStream extends InputStream {

        private final List<BodySource> pieces;
        private int next;
        private volatile boolean closed;
        private InputStream current = InputStream.nullInputStream();

        PiecesStream(List<BodySource> pieces) {
            this.pieces = pieces;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = current.read(target, offset, length);
            while (count < 0 && next < pieces.size() && !closed) {
                current.close();
                current = pieces.get(next++).open();
                count = current.read(target, offset, length);
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            closed = true;
            current.close();
        }
    }
}
