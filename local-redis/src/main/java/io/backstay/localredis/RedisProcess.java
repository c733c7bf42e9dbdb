package io.backstay.localredis;

import io.backstay.spi.RandomSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A redis-server of its own process, on loopback and a free port, that can be killed, paused and started again on the same port. */
public final class RedisProcess implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 30;
    private static final int LOWEST_PORT = 12_000;
    private static final int BUS_DISTANCE = 10_000;

    /** What runs, so that none outlives the tests. */
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final int port;
    private final Path directory;
    private final List<String> arguments;
    private @Nullable Process process;

    private RedisProcess(int port, List<String> arguments) {
        this.port = port;
        this.arguments = arguments;
        try {
            this.directory = Files.createTempDirectory("backstay-redis-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server that keeps nothing on disk, with these settings besides. */
    public static RedisProcess server(String... settings) {
        List<String> all = new ArrayList<>(List.of("--save", "", "--appendonly", "no"));
        all.addAll(List.of(settings));
        return of(freePort(), all);
    }

    /** A server or a Sentinel with these settings alone, but for port and directory. */
    public static RedisProcess of(int port, List<String> settings) {
        RedisProcess started = new RedisProcess(port, settings);
        started.launch();
        return started;
    }

    /**
     * A port that is free, and the one of a cluster's bus with it. Both are below those that a system gives to outgoing connections:
     * one of these could take a port while its server is down, or the bus' before its server has come up.
     */
    public static int freePort() {
        int port;
        do {
            port = LOWEST_PORT + (int) (RandomSource.system().nextDouble() * BUS_DISTANCE);
        } while (!isFree(port) || !isFree(port + BUS_DISTANCE));
        return port;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    /** Starts it (again), with the data that it may have on disk; returns when it answers. */
    public void launch() {
        List<String> command = new ArrayList<>(List.of(RedisBinary.path()));
        // A Sentinel's configuration file comes first.
        if (!arguments.isEmpty() && arguments.get(0).endsWith(".conf")) {
            command.addAll(arguments);
        } else {
            command.addAll(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1"));
            command.addAll(List.of("--dir", directory.toString()));
            command.addAll(arguments);
        }
        try {
            Process begun = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            RUNNING.add(begun);
            process = begun;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Eventually.holds(PATIENCE_SECONDS, this::answers, () -> "redis-server did not start: " + log());
    }

    /** A connection alone proves nothing: it is taken before the server has begun, which may still fail. */
    private boolean answers() {
        if (!process().isAlive()) {
            throw new IllegalStateException("redis-server ended: " + log());
        }
        try {
            return !command("PING").isEmpty();
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** What it has written of itself. */
    public String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    public int port() {
        return port;
    }

    /** Of the process that was started last. */
    public long pid() {
        return process().pid();
    }

    private Process process() {
        return Objects.requireNonNull(process, "not started");
    }

    public Path directory() {
        return directory;
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /** A command, without quotes, over a connection of its own; the answer as Redis writes it. */
    public String command(String... words) {
        try (RawRedis redis = new RawRedis(port)) {
            return redis.command(words);
        }
    }

    /** As {@code kill -9} does. */
    public void kill() {
        process().destroyForcibly();
        await();
        RUNNING.remove(process());
    }

    private void await() {
        try {
            if (!process().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("redis-server does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** As {@code kill -STOP} does: connections stay, nothing is answered. */
    public void pause() {
        signal("STOP");
    }

    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid())).start();
            if (!kill.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new IllegalStateException("kill failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Plain words of the protocol, so that tests look at Redis by another way than the store does. */
    static final class RawRedis implements AutoCloseable {

        private final Socket socket;

        RawRedis(int port) {
            try {
                socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setSoTimeout(PATIENCE_SECONDS * 1_000);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String command(String... words) {
            StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
            for (String word : words) {
                text.append('$')
                        .append(word.getBytes(StandardCharsets.UTF_8).length)
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
            try {
                socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.UTF_8));
                return answer();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private String answer() throws IOException {
            String line = line();
            int number =
                    line.length() > 1 && "$*".indexOf(line.charAt(0)) >= 0 ? Integer.parseInt(line.substring(1)) : 0;
            if (line.charAt(0) == '$') {
                return number < 0 ? "(nil)" : new String(octets(number), StandardCharsets.UTF_8);
            }
            if (line.charAt(0) == '*') {
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < number; i++) {
                    all.append(answer()).append('\n');
                }
                return all.toString();
            }
            return line.substring(line.charAt(0) == '-' ? 0 : 1);
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            int next = socket.getInputStream().read();
            while (next != '\r' && next >= 0) {
                line.append((char) next);
                next = socket.getInputStream().read();
            }
            if (socket.getInputStream().read() != '\n') {
                throw new IOException("the connection was closed");
            }
            return line.toString();
        }

        private byte[] octets(int length) throws IOException {
            byte[] octets = socket.getInputStream().readNBytes(length);
            line();
            return octets;
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
