package io.backstay.internal;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceRequest;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.zip.ZipException;

/** Asks for {@code gzip} and takes it off again, alike over every transport (RFC 9110 §8.4). */
final class Decompression {

    private static final String ACCEPT = "Accept-Encoding";
    private static final String RANGE = "Range";
    private static final int PARTIAL = 206;
    private static final String ENCODING = "Content-Encoding";
    private static final String LENGTH = "Content-Length";
    private static final Headers ASKING = Headers.of(ACCEPT, "gzip");

    private Decompression() {}

    /**
     * The fields, asking for gzip; as they are where the request itself says what it takes, and so gets it as it comes, or
     * wants a range, which would be one of the packed octets.
     */
    static Headers asking(Headers fields) {
        return fields.contains(ACCEPT) || fields.contains(RANGE) ? fields : fields.plus(ASKING);
    }

    /**
     * The response without its encoding, if that is gzip and was asked for here.
     *
     * @throws ExchangeException when it is no gzip, or longer than the call allows once unpacked
     */
    static TransportResponse decoded(TransportResponse response, ServiceRequest request, long maxBytes)
            throws ExchangeException {
        boolean isAsItComes = request.headers().contains(ACCEPT) || response.status() == PARTIAL;
        if (isAsItComes || !isGzip(response.headers())) {
            return response;
        }
        Headers headers = response.headers().without(ENCODING).without(LENGTH);
        InputStream stream = response.stream();
        if (stream != null) {
            return TransportResponse.streamed(response.status(), headers, new GunzipStream(stream));
        }
        return response.body().length == 0
                ? response
                : new TransportResponse(response.status(), headers, unpacked(response.body(), maxBytes));
    }

    private static boolean isGzip(Headers headers) {
        List<String> encodings = headers.all(ENCODING);
        return encodings.size() == 1
                && (encodings.get(0).equalsIgnoreCase("gzip")
                        || encodings.get(0).equalsIgnoreCase("x-gzip"));
    }

    private static byte[] unpacked(byte[] body, long maxBytes) throws ExchangeException {
        byte[] octets;
        try (InputStream in = new Gunzip(new ByteArrayInputStream(body))) {
            octets = in.readNBytes((int) Math.min(maxBytes + 1, Integer.MAX_VALUE - 8));
        } catch (IOException e) {
            throw new ExchangeException(FailureKind.PROTOCOL_ERROR, true, "the body is not the gzip it says it is", e);
        }
        if (octets.length > maxBytes) {
            throw new ExchangeException(
                    FailureKind.RESPONSE_TOO_LARGE, true, "the unpacked body has more than " + maxBytes + " B", null);
        }
        return octets;
    }

    /** Tells of what kind it is that the octets are no gzip; what the exchange's own stream throws it hands on. */
    private static final class GunzipStream extends InputStream {

        private final Gunzip unpacked;

        GunzipStream(InputStream packed) {
            this.unpacked = new Gunzip(packed);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return unpacked.read(target, offset, length);
            } catch (ZipException e) {
                throw new IOException(
                        "the body is not the gzip it says it is",
                        new ExchangeException(FailureKind.PROTOCOL_ERROR, true, "no gzip", e));
            }
        }

        @Override
        public void close() throws IOException {
            unpacked.close();
        }
    }
}
