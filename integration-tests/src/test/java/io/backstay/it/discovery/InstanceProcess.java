package io.backstay.it.discovery;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A {@link Host} in a JVM of its own, which can be killed and frozen. */
final class InstanceProcess implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 30;

    /** What runs, so that none outlives the tests, not even a frozen one. */
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final Process process;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    private InstanceProcess(List<String> command) {
        try {
            this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RUNNING.add(process);
        Thread reader = new Thread(this::read, "instance-process-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts one with instances of these ids; returns when all are registered. */
    static InstanceProcess start(String redis, String zone, String... ids) {
        InstanceProcess started = launch(redis, zone, ids);
        started.awaits(InstanceMain.SERVING);
        return started;
    }

    /** The same, without waiting. */
    static InstanceProcess launch(String redis, String zone, String... ids) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx96m",
                "-Djava.net.preferIPv4Stack=true",
                "-cp",
                System.getProperty("java.class.path"),
                InstanceMain.class.getName(),
                redis,
                zone));
        command.addAll(List.of(ids));
        return new InstanceProcess(command);
    }

    private void read() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException ended) {
            // It was killed.
        }
    }

    /** Waits until it says so. */
    void awaits(String line) {
        Eventually.holds(
                PATIENCE_SECONDS,
                () -> lines.contains(line) || !process.isAlive(),
                () -> "the process never said " + line + " but " + lines);
        if (!lines.contains(line)) {
            throw new AssertionError("the process ended without saying " + line + " but " + lines);
        }
    }

    boolean hasSaid(String line) {
        return lines.contains(line);
    }

    /** As {@code kill -9} does. */
    void kill() {
        process.destroyForcibly();
        Eventually.holds(() -> !process.isAlive());
        RUNNING.remove(process);
    }

    /** As {@code kill -STOP} does: its sockets stay, and the kernel takes connections for it, but nothing is answered. */
    void freeze() {
        Signals.stop(process.pid());
    }

    void thaw() {
        Signals.cont(process.pid());
    }

    @Override
    public void close() {
        kill();
    }
}
