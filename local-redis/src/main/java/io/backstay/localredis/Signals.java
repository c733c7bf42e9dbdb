package io.backstay.localredis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** Stops processes, by their ids, and lets them go on, as the command {@code kill} does. */
public final class Signals {

    private static final int PATIENCE_SECONDS = 30;

    private Signals() {}

    /** As {@code kill -STOP} does: its sockets stay, nothing is answered. */
    public static void stop(long pid) {
        send("STOP", pid);
    }

    /** As {@code kill -CONT} does. */
    public static void cont(long pid) {
        send("CONT", pid);
    }

    private static void send(String name, long pid) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start();
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
