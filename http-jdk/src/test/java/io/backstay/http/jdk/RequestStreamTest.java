package io.backstay.http.jdk;

import io.backstay.BodySource;
import io.backstay.spi.SystemTime;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@DisplayName("A request's body that is streamed")
class RequestStreamTest {

    private static final byte[] FIVE = {1, 2, 3, 4, 5};

    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final CountDownLatch wasClosed = new CountDownLatch(1);

    /** What the JDK's client does: asks for one piece, and for the next when it has sent that. */
    private static final class Client implements Flow.Subscriber<ByteBuffer> {

        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        final CompletableFuture<Void> end = new CompletableFuture<>();
        final CompletableFuture<Thread> thread = new CompletableFuture<>();
        final boolean patient;
        Flow.Subscription subscription;

        Client(boolean patient) {
            this.patient = patient;
        }

        @Override
        public void onSubscribe(Flow.Subscription upstream) {
            subscription = upstream;
            upstream.request(1);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            byte[] octets = new byte[piece.remaining()];
            piece.get(octets);
            received.writeBytes(octets);
            thread.complete(Thread.currentThread());
            if (!patient) {
                subscription.request(1);
            }
        }

        @Override
        public void onError(Throwable thrown) {
            end.completeExceptionally(thrown);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }
    }

    private InputStream counted(InputStream in) {
        opened.incrementAndGet();
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return in.read();
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return in.read(target, offset, length);
            }

            @Override
            public void close() throws IOException {
                closed.incrementAndGet();
                wasClosed.countDown();
                in.close();
            }
        };
    }

    private RequestStream sending(BodySource source) {
        return new RequestStream(source, SystemTime.shared().workers(), failure::complete);
    }

    private void assertOpenedAndClosedOnce() throws InterruptedException {
        assertThat(wasClosed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(opened).hasValue(1);
        assertThat(closed).hasValue(1);
    }

    @Test
    @DisplayName("arrives whole, piece by piece, is read on another thread and closed")
    void request_readsOnAWorker() throws Exception {
        byte[] octets = new byte[100_000];
        octets[99_999] = 7;
        Client client = new Client(false);

        sending(BodySource.of(() -> counted(new ByteArrayInputStream(octets)), octets.length))
                .subscribe(client);

        client.end.get(10, TimeUnit.SECONDS);
        assertThat(client.received.toByteArray()).isEqualTo(octets);
        assertThat(client.thread.join()).isNotSameAs(Thread.currentThread());
        assertOpenedAndClosedOnce();
    }

    @Test
    @DisplayName("is read no further than it is asked for, and opened not before")
    void request_boundsWhatIsRead() throws Exception {
        Client client = new Client(true);
        RequestStream stream = sending(BodySource.of(() -> counted(InputStream.nullInputStream())));
        assertThat(opened).hasValue(0);
        RequestStream endless = sending(BodySource.of(() -> counted(new InputStream() {
            @Override
            public int read() {
                return 1;
            }
        })));

        endless.subscribe(client);

        client.thread.get(10, TimeUnit.SECONDS);
        assertThat(client.end).isNotDone();
        assertThat(client.received.size()).isBetween(1, 16 * 1024);
        endless.stop();
        stream.stop();
        assertOpenedAndClosedOnce();
    }

    @Test
    @DisplayName("fails with what its source threw, when it cannot be opened or read")
    void source_throws() throws Exception {
        IOException own = new IOException("own");
        sending(BodySource.of(() -> {
                    throw own;
                }))
                .subscribe(new Client(false));

        assertThat(failure.get(10, TimeUnit.SECONDS)).isSameAs(own);
    }

    @Test
    @DisplayName("is not sent a second time to a client that asks again")
    void subscribe_twice_isRefused() throws Exception {
        RequestStream stream = sending(BodySource.of(() -> counted(new ByteArrayInputStream(FIVE))));
        Client first = new Client(false);
        Client second = new Client(false);
        stream.subscribe(first);
        first.end.get(10, TimeUnit.SECONDS);

        stream.subscribe(second);

        assertThatThrownBy(() -> second.end.get(10, TimeUnit.SECONDS)).hasMessageContaining("not sent a second time");
        assertThat(second.received.size()).isZero();
        assertOpenedAndClosedOnce();
    }

    @Test
    @DisplayName(
            "is closed when it is no longer wanted, though its source blocks the thread that reads, and tells no failure")
    void stop_whileReading_closes() throws Exception {
        PipedOutputStream never = new PipedOutputStream();
        CountDownLatch reading = new CountDownLatch(1);
        RequestStream stream = sending(BodySource.of(() -> {
            InputStream piped = new PipedInputStream(never);
            return counted(new InputStream() {
                @Override
                public int read() throws IOException {
                    reading.countDown();
                    return piped.read();
                }

                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    reading.countDown();
                    return piped.read(target, offset, length);
                }
            });
        }));
        stream.subscribe(new Client(false));
        assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();

        stream.stop();
        stream.stop();

        assertOpenedAndClosedOnce();
        assertThat(failure).isNotDone();
    }

    @Test
    @DisplayName("leaves no interrupt behind on the thread that read it")
    void stop_leavesNoInterrupt() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CompletableFuture<Boolean> after = new CompletableFuture<>();
        RequestStream stream = new RequestStream(
                BodySource.of(() -> counted(new InputStream() {
                    @Override
                    public int read() throws IOException {
                        reading.countDown();
                        try {
                            new CountDownLatch(1).await();
                            return -1;
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            throw new IOException(e);
                        }
                    }

                    @Override
                    public int read(byte[] target, int offset, int length) throws IOException {
                        return read();
                    }
                })),
                task -> SystemTime.shared().workers().execute(() -> {
                    task.run();
                    if (reading.getCount() == 0) {
                        after.complete(Thread.currentThread().isInterrupted());
                    }
                }),
                failure::complete);
        stream.subscribe(new Client(false));
        assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();

        stream.stop();

        assertThat(after.get(10, TimeUnit.SECONDS)).isFalse();
        assertOpenedAndClosedOnce();
    }

    @Test
    @DisplayName(
            "throws nothing at the client when there is no worker to close it, nothing of it having been asked for")
    void closeUnasked_withoutWorkers_isQuiet() {
        RequestStream nothing = new RequestStream(
                BodySource.of(() -> counted(InputStream.nullInputStream()), 0),
                task -> {
                    throw new RejectedExecutionException("no worker");
                },
                failure::complete);

        nothing.closeUnasked();

        assertThat(opened).hasValue(0);
        assertThat(failure).isNotDone();
    }

    @Test
    @DisplayName("is opened and closed though it has no octets, also when its exchange has ended by then")
    void closeUnasked_opensThoughStopped() throws Exception {
        Queue<Runnable> late = new ArrayDeque<>();
        RequestStream nothing = new RequestStream(
                BodySource.of(() -> counted(InputStream.nullInputStream()), 0), late::add, failure::complete);

        nothing.closeUnasked();
        nothing.stop();
        late.forEach(Runnable::run);

        assertOpenedAndClosedOnce();
    }
}
