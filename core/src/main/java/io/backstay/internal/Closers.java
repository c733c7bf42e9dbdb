package io.backstay.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was opened and is to be closed, the last first. One that fails is logged and keeps no other open. */
final class Closers implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay");

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    synchronized <T extends AutoCloseable> T add(T resource) {
        opened.push(resource);
        return resource;
    }

    @Override
    public void close() {
        for (AutoCloseable next = next(); next != null; next = next()) {
            try {
                next.close();
            } catch (Exception | LinkageError e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                LOG.error("something of Backstay's could not be closed", e);
            }
        }
    }

    private synchronized @Nullable AutoCloseable next() {
        return opened.poll();
    }
}
