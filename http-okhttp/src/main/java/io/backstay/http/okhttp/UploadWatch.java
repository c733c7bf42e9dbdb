package io.backstay.http.okhttp;

import io.backstay.spi.DelayScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Connection;
import org.jspecify.annotations.Nullable;

/**
 * Ends an upload whose server has answered and reads no more. OkHttp over HTTP/1.1 reads the response only after it has sent
 * the body or failed to: here it fails, by the closing of this side's half of the connection, and so comes to the response.
 *
 * <p>A look each 100 ms. The upload is given up when a final response has arrived and the sending, not the source, stands
 * still: since the look before where the response is an error, for 3 s where it is not, since such a server may read on. After an interim
 * response it is waited for. Only for a socket of ours in cleartext: of what has arrived over TLS nothing is known, it may be
 * the server's session tickets. Thread-safe; the lock, held across nothing that blocks, keeps a look from touching the
 * connection after {@link #close}, which comes before the response is read.
 */
final class UploadWatch implements AutoCloseable {

    private static final Duration PERIOD = Duration.ofMillis(100);

    /** So many looks without progress after an error, and after another final response. */
    private static final int LOOKS_AFTER_ERROR = 1;

    private static final int LOOKS_AFTER_OTHER = 30;

    private final StreamedBody body;
    private final ChannelSocket socket;
    private final DelayScheduler scheduler;

    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private long position = -1;
    private int stood;
    private boolean ended;

    private UploadWatch(StreamedBody body, ChannelSocket socket, DelayScheduler scheduler) {
        this.body = body;
        this.socket = socket;
        this.scheduler = scheduler;
    }

    /** That of a body about to be sent; null where nothing can be seen of what arrives. */
    static @Nullable UploadWatch begin(StreamedBody body, Connection connection, DelayScheduler scheduler) {
        if (PooledConnections.isMultiplexed(connection) || !(connection.socket() instanceof ChannelSocket cleartext)) {
            return null;
        }
        UploadWatch watch = new UploadWatch(body, cleartext, scheduler);
        watch.later();
        return watch;
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
            stood = now == position && !body.isInSource() ? stood + 1 : 0;
            if (stood > 0 && stood >= patience(socket.peekStatus())) {
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

    private static int patience(char statusClass) {
        return switch (statusClass) {
            case 0 -> Integer.MAX_VALUE;
            case '4', '5' -> LOOKS_AFTER_ERROR;
            default -> LOOKS_AFTER_OTHER;
        };
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
