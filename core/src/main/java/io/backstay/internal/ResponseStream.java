package io.backstay.internal;

import io.backstay.CallException;
import io.backstay.Deadline;
import io.backstay.FailureKind;
import io.backstay.internal.Outcome.Broken;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A streamed body on its way to its reader, watched whatever the transport: a read may wait for the idle timeout at most, the
 * whole may last until the deadline. It ends once, in one way, of which the call is told. Read by one thread at a time; the
 * rest may come from any.
 *
 * <p>The watch is one timer. It looks in when the deadline is reached or an idle timeout after its last look, whichever comes
 * first; a read that began after a look cannot be due before the next.
 */
final class ResponseStream extends InputStream {

    private static final Broken CLOSED = new Broken(FailureKind.CANCELLED, "the stream is closed", null);

    /** The call whose answer it is. */
    interface Owner {

        /** Ends the exchange, whereupon a read that blocks fails. */
        void cancelExchange();

        /** What readers are to see of a bad end; may be asked in vain. */
        @Nullable
        CallException failure(Broken outcome);

        /** Is told once how it ended: both null for well. */
        void ended(@Nullable Broken outcome, @Nullable CallException failure);
    }

    /** How it ended: both null for well, an outcome without a failure when it was closed before. */
    private record Ending(
            @Nullable Broken outcome, @Nullable CallException failure) {}

    private final InputStream arriving;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final long idleNanos;
    private final Deadline deadline;
    private final Owner owner;

    private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    private volatile boolean reading;
    private volatile long readSinceNanos;
    private volatile DelayScheduler.@Nullable Cancellable watch;

    /** Not watched before {@link #begin}. */
    ResponseStream(
            InputStream arriving,
            TimeSource time,
            DelayScheduler scheduler,
            Duration idleTimeout,
            Deadline deadline,
            Owner owner) {
        this.arriving = arriving;
        this.time = time;
        this.scheduler = scheduler;
        this.idleNanos = idleTimeout.toNanos();
        this.deadline = deadline;
        this.owner = owner;
    }

    /** Starts the watch. */
    ResponseStream begin() {
        look();
        return this;
    }

    private void look() {
        if (ending.get() != null) {
            return;
        }
        long now = time.nanoTime();
        long remaining = deadline.remainingNanos(now);
        long idle = reading ? now - readSinceNanos : 0;
        if (remaining <= 0) {
            fail(Outcomes.deadlinePassed());
        } else if (idle >= idleNanos) {
            fail(new Broken(FailureKind.TIMEOUT, "nothing has arrived for " + idleNanos / 1_000_000 + " ms", null));
        } else {
            watch = scheduler.schedule(this::look, Duration.ofNanos(Math.min(remaining, idleNanos - idle)));
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (isOver()) {
            return -1;
        }
        int count = await(target, offset, length);
        if (count < 0) {
            end(null);
            return isOver() ? -1 : count;
        }
        return count;
    }

    private int await(byte[] target, int offset, int length) throws IOException {
        readSinceNanos = time.nanoTime();
        reading = true;
        try {
            return arriving.read(target, offset, length);
        } catch (IOException e) {
            end(broken(e));
            throw failure();
        } finally {
            reading = false;
        }
    }

    private static Broken broken(IOException thrown) {
        return thrown.getCause() instanceof ExchangeException known
                ? new Broken(known.kind(), String.valueOf(known.getMessage()), thrown)
                : new Broken(FailureKind.CONNECTION_LOST, "the body broke off", thrown);
    }

    /** Whether it has come to a good end; a bad one is thrown. */
    private boolean isOver() throws IOException {
        Ending end = ending.get();
        if (end != null && end.outcome() != null) {
            throw failure();
        }
        return end != null;
    }

    private IOException failure() {
        Ending end = ending.get();
        Broken outcome = end == null || end.outcome() == null ? CLOSED : end.outcome();
        return new IOException(outcome.problem(), end == null ? null : end.failure());
    }

    /** Ends the exchange and fails a read that blocks in it. */
    void fail(Broken outcome) {
        if (end(outcome)) {
            owner.cancelExchange();
        }
    }

    /** An early end, which is no failure of anybody's. */
    @Override
    public void close() throws IOException {
        if (ending.compareAndSet(null, new Ending(CLOSED, null))) {
            ended(null, null);
        }
        arriving.close();
    }

    private boolean end(@Nullable Broken outcome) {
        CallException failure = outcome == null ? null : owner.failure(outcome);
        if (!ending.compareAndSet(null, new Ending(outcome, failure))) {
            return false;
        }
        ended(outcome, failure);
        return true;
    }

    private void ended(@Nullable Broken outcome, @Nullable CallException failure) {
        DelayScheduler.Cancellable watching = watch;
        if (watching != null) {
            watching.cancel();
        }
        owner.ended(outcome, failure);
    }
}
