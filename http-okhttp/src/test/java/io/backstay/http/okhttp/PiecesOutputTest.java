package io.backstay.http.okhttp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The pieces of a large body go out together, and nothing else changes: neither order nor moment. */
class PiecesOutputTest {

    private static final int PIECE = 8 * 1024;

    private final ByteArrayOutputStream whole = new ByteArrayOutputStream();
    private final List<Integer> writes = new ArrayList<>();
    private final PiecesOutput out = new PiecesOutput(new OutputStream() {
        @Override
        public void write(int octet) {
            throw new AssertionError("octet by octet");
        }

        @Override
        public void write(byte[] octets, int offset, int length) {
            writes.add(length);
            whole.write(octets, offset, length);
        }
    });

    @Test
    void smallWrites_passAtOnce() throws IOException {
        out.write(new byte[100], 0, 100);
        out.write('x');

        assertThat(writes).containsExactly(100, 1);
    }

    @Test
    void pieces_goOutTogether_withTheRestThatEndsThem() throws IOException {
        for (int i = 0; i < 12; i++) {
            out.write(new byte[PIECE], 0, PIECE);
        }
        out.write(new byte[577], 0, 577);
        assertThat(writes).containsExactly(8 * PIECE);

        out.flush();
        assertThat(writes).containsExactly(8 * PIECE, 4 * PIECE + 577);
        out.flush();
        assertThat(writes).hasSize(2);
    }

    @Test
    void writesLargerThanTheRoom_comeAfterWhatWaits() throws IOException {
        out.write(new byte[PIECE], 0, PIECE);
        out.write(new byte[9 * PIECE], 0, 9 * PIECE);

        assertThat(writes).containsExactly(PIECE, 9 * PIECE);
    }

    @Test
    void octets_keepTheirOrder_whateverTheirPieces() throws IOException {
        Random random = new Random(7);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (int i = 0; i < 2_000; i++) {
            byte[] octets = new byte[random.nextInt(3) == 0 ? PIECE : random.nextInt(10 * PIECE / 8)];
            random.nextBytes(octets);
            int offset = random.nextInt(octets.length + 1);
            out.write(octets, offset, octets.length - offset);
            sent.write(octets, offset, octets.length - offset);
            if (random.nextInt(10) == 0) {
                out.flush();
                assertThat(whole.size()).isEqualTo(sent.size());
            }
        }
        out.flush();

        assertThat(whole.toByteArray()).isEqualTo(sent.toByteArray());
    }
}
