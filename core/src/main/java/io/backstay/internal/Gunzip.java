package io.backstay.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Unpacks gzip (RFC 1952), of any number of members, as it arrives: hands over what there is without waiting for more, and fails
 * on the first octet behind a member that begins no other. The JDK's {@code GZIPInputStream} takes such octets for the end, and
 * the next member too if that has not arrived yet. Begins with the first read; at the end at once where there is nothing.
 *
 * <p>What is no gzip, is damaged or is cut off is a {@link ZipException}; any other exception is the packed stream's own.
 */
final class Gunzip extends InputStream {

    private static final int PIECE_BYTES = 8192;
    private static final int MAGIC_FIRST = 0x1F;
    private static final int MAGIC_SECOND = 0x8B;
    private static final int HEADER_CHECK = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;

    /** Of a name or a comment; nobody sends them over HTTP. */
    private static final int LONGEST_TEXT = 64 * 1024;

    private final InputStream packed;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 check = new CRC32();
    private final byte[] piece = new byte[PIECE_BYTES];
    private int at;
    private int end;
    private boolean inMember;
    private boolean atEnd;

    Gunzip(InputStream packed) {
        this.packed = packed;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (inMember || beginsMember()) {
            int count = inflate(target, offset, length);
            if (count > 0) {
                check.update(target, offset, count);
                return count;
            }
            if (inflater.finished()) {
                endMember();
            } else if (inflater.needsDictionary()) {
                throw new ZipException("a dictionary is wanted");
            } else if (inflater.needsInput()) {
                refill();
            }
        }
        return -1;
    }

    private int inflate(byte[] target, int offset, int length) throws ZipException {
        try {
            return inflater.inflate(target, offset, length);
        } catch (DataFormatException e) {
            throw zip("damaged", e);
        }
    }

    private void refill() throws IOException {
        if (at == end && !fill()) {
            throw cutOff();
        }
        inflater.setInput(piece, at, end - at);
        at = end;
    }

    private boolean fill() throws IOException {
        at = 0;
        end = 0;
        int count;
        do {
            count = packed.read(piece);
        } while (count == 0);
        end = Math.max(0, count);
        return count > 0;
    }

    /** Reads a member's head, if there is one more member. */
    private boolean beginsMember() throws IOException {
        if (atEnd || (at == end && !fill())) {
            atEnd = true;
            inflater.end();
            return false;
        }
        check.reset();
        if (octet() != MAGIC_FIRST || octet() != MAGIC_SECOND || octet() != 8) {
            throw new ZipException("no gzip");
        }
        int flags = octet();
        pass(6);
        if ((flags & EXTRA) != 0) {
            pass(number(2));
        }
        if ((flags & NAME) != 0) {
            passText();
        }
        if ((flags & COMMENT) != 0) {
            passText();
        }
        if ((flags & HEADER_CHECK) != 0) {
            require((check.getValue() & 0xFFFF) == number(2));
        }
        check.reset();
        inMember = true;
        return true;
    }

    private void endMember() throws IOException {
        at = end - inflater.getRemaining();
        long sum = check.getValue();
        require(sum == number(4));
        require((inflater.getBytesWritten() & 0xFFFF_FFFFL) == number(4));
        inflater.reset();
        inMember = false;
    }

    private static void require(boolean agrees) throws ZipException {
        if (!agrees) {
            throw new ZipException("damaged");
        }
    }

    private int octet() throws IOException {
        if (at == end && !fill()) {
            throw cutOff();
        }
        int octet = piece[at] & 0xFF;
        at++;
        check.update(octet);
        return octet;
    }

    /** Of so many octets, the least first. */
    private long number(int octets) throws IOException {
        long number = 0;
        for (int i = 0; i < octets; i++) {
            number |= (long) octet() << (8 * i);
        }
        return number;
    }

    private void pass(long octets) throws IOException {
        for (long i = 0; i < octets; i++) {
            octet();
        }
    }

    private void passText() throws IOException {
        int length = 0;
        while (octet() != 0) {
            length++;
            require(length <= LONGEST_TEXT);
        }
    }

    private static ZipException cutOff() {
        return zip("cut off", new EOFException());
    }

    private static ZipException zip(String message, Exception cause) {
        ZipException failure = new ZipException(message);
        failure.initCause(cause);
        return failure;
    }

    @Override
    public void close() throws IOException {
        packed.close();
    }
}
