package io.backstay.benchmarks;

import io.backstay.benchmarks.StoreReading.Pings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;

/** The other process of {@link StoreReading}: asks for a sign of life each millisecond, over a plain socket. */
final class StorePinger {

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int PINGS_A_SECOND = 1_000;
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;
    private final Histogram times = new Histogram(LONGEST_NANOS, 3);

    private StorePinger(Socket socket) {
        this.socket = socket;
    }

    /** Takes the URI of a Redis and for how many seconds to ask; prints {@link Pings} as JSON. */
    public static void main(String[] args) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), URI.create(args[0]).getPort())) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            Pings pings = new StorePinger(socket).ping(Integer.parseInt(args[1]));
            System.out.println(JsonMapper.shared().writeValueAsString(pings));
        }
    }

    private Pings ping(int seconds) throws IOException {
        // To warm up.
        Pace.keep(PERIOD_NANOS, PINGS_A_SECOND, i -> ping());
        times.reset();
        ask("SET " + StoreReading.PINGING + " 1");
        Pace.keep(PERIOD_NANOS, seconds * PINGS_A_SECOND, i -> ping());
        ask("DEL " + StoreReading.PINGING);
        return new Pings(
                times.getTotalCount(),
                times.getValueAtPercentile(50) / 1e6,
                times.getValueAtPercentile(99) / 1e6,
                times.getMaxValue() / 1e6);
    }

    private void ping() {
        long begun = System.nanoTime();
        try {
            ask("PING");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        times.recordValue(System.nanoTime() - begun);
    }

    private void ask(String line) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        int next = socket.getInputStream().read();
        if (next != '+' && next != ':') {
            throw new IOException("Redis does not answer as expected");
        }
        while (next != '\n') {
            next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the connection was closed");
            }
        }
    }
}
