package io.backstay.localredis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** Stops processes and lets them go on, as the command {@code kill} does. */
public final class Signals {

    private static final int PATIENCE_SECONDS = 30;

    private Signals() {}

    /** As {@code kill -STOP} does: its sockets stay, nothing is answered. */
    public static void stop(Process process) {
        send("STOP", process);
    }

    /** As {@code kill -CONT} does. */
    public static void cont(Process process) {
        send("CONT", process);
    }

    private static void send(String name, Process process) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
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
}
