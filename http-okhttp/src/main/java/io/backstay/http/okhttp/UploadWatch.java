package io.backstay.http.okhttp;

import io.backstay.spi.DelayScheduler;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Connection;

/**
 * Ends an upload whose server has answered and reads no more. OkHttp over HTTP/1.1 reads the response only after it has sent
 * the body or failed to: here it fails, by the closing of this side's half of the connection, and so comes to the response.
 *
 * <p>A look each 100 ms. The upload is given up when octets have arrived and the sending, not the source, has stood still
 * since the look before. What arrives while it makes progress may be an interim response, and is left alone. Only for a
 * socket of ours in cleartext: of what has arrived over TLS nothing is known, it may be the server's session tickets. Thread-safe; the lock, held across
 * nothing that blocks, keeps a look from touching the connection after {@link #close}.
 */
final class UploadWatch implements AutoCloseable {

    private static final Duration PERIOD = Duration.ofMillis(100);

    private final StreamedBody body;
    private final Socket socket;
    private final DelayScheduler scheduler;

    private final ReentrantLock lock = new ReentrantLock();
    // Both below: guarded by the lock.
    private long position = -1;
    private boolean ended;

    UploadWatch(StreamedBody body, Connection connection, DelayScheduler scheduler) {
        this.body = body;
        this.socket = connection.socket();
        this.scheduler = scheduler;
        if (socket instanceof ChannelSocket && !PooledConnections.isMultiplexed(connection)) {
            later();
        }
    }

    private void later() {
        scheduler.schedule(this::look, PERIOD);
    }

    private void look() {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            long now = body.position();
            if (now == position && !body.isInSource() && socket.getInputStream().available() > 0) {
                socket.shutdownOutput();
                return;
            }
            position = now;
        } catch (IOException gone) {
            // Who sends will see it.
            return;
        } finally {
            lock.unlock();
        }
        later();
    }

    /** The body was sent, or is not going to be. */
    @Override
    public void close() {
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
    }
}
