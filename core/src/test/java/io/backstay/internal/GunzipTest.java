package io.backstay.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GunzipTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final int HEAD = 10;

    private static byte[] gzip(byte[] octets) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(octets);
        }
        return packed.toByteArray();
    }

    /** Gives one octet a read. */
    private static InputStream dripping(byte[] octets) {
        return new ByteArrayInputStream(octets) {
            @Override
            public int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(1, length));
            }
        };
    }

    private static byte[] unpacked(byte[] packed) throws IOException {
        return new Gunzip(new ByteArrayInputStream(packed)).readAllBytes();
    }

    @Test
    void anyOctets_comeOutAsTheyWere_howeverTheyArrive() throws Exception {
        byte[] octets = new byte[300_000];
        new Random(1).nextBytes(octets);
        Arrays.fill(octets, 0, 100_000, (byte) 7);

        assertThat(unpacked(gzip(octets))).isEqualTo(octets);
        assertThat(new Gunzip(dripping(gzip(octets))).readAllBytes()).isEqualTo(octets);
        assertThat(unpacked(gzip(new byte[0]))).isEmpty();
        assertThat(unpacked(new byte[0])).isEmpty();
    }

    @Test
    void headWithEveryField_isPassedOver_andItsCheckHeeded() throws Exception {
        byte[] plain = gzip(HELLO);
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.write(Arrays.copyOf(plain, HEAD));
        head.write(new byte[] {2, 0, 'e', 'x', 'n', 0, 'c', 0});
        byte[] checked = head.toByteArray();
        checked[3] = 2 | 4 | 8 | 16;
        CRC32 check = new CRC32();
        check.update(checked);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(checked);
        whole.write((int) check.getValue() & 0xFF);
        whole.write((int) (check.getValue() >> 8) & 0xFF);
        whole.write(plain, HEAD, plain.length - HEAD);
        byte[] packed = whole.toByteArray();

        assertThat(unpacked(packed)).isEqualTo(HELLO);
        packed[checked.length] ^= 1;
        assertThatThrownBy(() -> unpacked(packed)).isInstanceOf(ZipException.class);
    }

    @Test
    void everyCutAndEveryDamagedCheck_isToldAsBrokenGzip() throws Exception {
        byte[] packed = gzip(HELLO);
        for (int length = 1; length < packed.length; length++) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThatThrownBy(() -> unpacked(cut)).as("%d B", length).isInstanceOf(ZipException.class);
        }
        for (int i = packed.length - 8; i < packed.length; i++) {
            byte[] damaged = packed.clone();
            damaged[i] ^= 1;
            assertThatThrownBy(() -> unpacked(damaged)).as("at %d", i).isInstanceOf(ZipException.class);
        }
    }

    @Test
    void nameWithoutEnd_isRefused() throws Exception {
        byte[] endless = Arrays.copyOf(gzip(HELLO), 1 << 20);
        Arrays.fill(endless, HEAD, endless.length, (byte) 'n');
        endless[3] = 8;
        ByteArrayInputStream packed = new ByteArrayInputStream(endless);

        assertThatThrownBy(() -> new Gunzip(packed).read()).isInstanceOf(ZipException.class);

        assertThat(packed.available()).isGreaterThan(900_000);
    }
}
