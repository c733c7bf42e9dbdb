package io.backstay;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A text of PEM blocks and where it is from. Immutable. Failures name the setting and the file, never what stands in it.
 *
 * @param source the setting, and the file if there is one, for messages
 */
record Pem(String source, String text) {

    /** A bundle of all public issuers has some 250 KB. */
    private static final int MOST_OCTETS = 8 << 20;

    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";

    /** What stands between two lines of dashes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Block(String label, byte[] octets) {
        @Override
        public String toString() {
            return label;
        }
    }

    static Pem ofText(String setting, String text) {
        return new Pem(setting, text);
    }

    static Pem ofFile(String setting, Path file) {
        String source = setting + ", " + file + ",";
        try (InputStream in = Files.newInputStream(file)) {
            byte[] octets = in.readNBytes(MOST_OCTETS + 1);
            if (octets.length > MOST_OCTETS) {
                throw new ConfigurationException(source + " is larger than " + MOST_OCTETS + " B");
            }
            return new Pem(source, new String(octets, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            throw new ConfigurationException(source + " is no file", e);
        } catch (IOException e) {
            throw new ConfigurationException(source + " cannot be read", e);
        }
    }

    /** All blocks, in order; none in a text that is no PEM. */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        int at = text.indexOf(BEGIN);
        while (at >= 0) {
            int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
            String label = labelEnd < 0 ? "" : text.substring(at + BEGIN.length(), labelEnd);
            String last = "-----END " + label + DASHES;
            int bodyEnd = labelEnd < 0 ? -1 : text.indexOf(last, labelEnd);
            if (bodyEnd < 0) {
                throw new ConfigurationException(source + " is damaged: a block begins and does not end");
            }
            blocks.add(new Block(label, decode(label, text.substring(labelEnd + DASHES.length(), bodyEnd))));
            at = text.indexOf(BEGIN, bodyEnd + last.length());
        }
        return blocks;
    }

    /** Blocks in a form of their own, with fields on top, are left for their reader to refuse by their label. */
    private byte[] decode(String label, String body) {
        if (body.contains(":")) {
            return new byte[0];
        }
        try {
            return Base64.getDecoder().decode(body.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            // Without the cause, which may show an octet of a key.
            throw new ConfigurationException(source + " is damaged: what it holds as " + label + " is no base 64");
        }
    }

    @Override
    public String toString() {
        return source;
    }
}
