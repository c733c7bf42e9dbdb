package io.backstay.spi;

import io.backstay.BodySource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@SuppressWarnings("InputStreamSlowMultibyteRead")
class SourceStreamTest {

    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final CompletableFuture<Void> blocks = new CompletableFuture<>();

    private SourceStream of(InputStream in) {
        return new SourceStream(BodySource.of(() -> {
            opened.incrementAndGet();
            return in;
        }));
    }

    private InputStream three() {
        return new ByteArrayInputStream(new byte[3]) {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
    }

    @Test
    void source_isOpenedByTheFirstRead_andClosedOnce() throws Exception {
        SourceStream stream = of(three());
        assertThat(opened).hasValue(0);

        assertThat(stream.readAllBytes()).hasSize(3);
        stream.open();
        stream.close();
        stream.close();

        assertThat(opened).hasValue(1);
        assertThat(closed).hasValue(1);
        assertThat(stream.failure()).isNull();
    }

    @Test
    void body_thatIsNoLongerWanted_isNeitherOpenedNorRead_andThatIsNoFailureOfItsSource() throws Exception {
        SourceStream unopened = of(three());
        assertThat(unopened.callOff()).isFalse();
        assertThatThrownBy(unopened::read).isInstanceOf(IOException.class);
        assertThat(opened).hasValue(0);

        SourceStream stream = of(three());
        stream.open();
        assertThat(stream.callOff()).isTrue();
        assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
        assertThat(stream.failure()).isNull();
    }

    @Test
    void source_thatIsBeingOpenedWhenItIsCalledOff_isClosedAllTheSame() throws Exception {
        CompletableFuture<Void> go = new CompletableFuture<>();
        SourceStream stream = new SourceStream(BodySource.of(() -> {
            blocks.complete(null);
            go.join();
            return three();
        }));
        CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> readAll(stream));
        blocks.get(15, TimeUnit.SECONDS);

        stream.close();
        go.complete(null);

        assertThatThrownBy(() -> reading.get(15, TimeUnit.SECONDS)).hasRootCauseMessage("the body is no longer wanted");
        assertThat(closed).hasValue(1);
    }

    private static void readAll(InputStream stream) {
        try {
            stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void reader_thatBlocksInTheSource_isInterrupted_andKeepsNoInterrupt() throws Exception {
        SourceStream stream = of(new InputStream() {
            @Override
            public int read() throws IOException {
                blocks.complete(null);
                try {
                    new CountDownLatch(1).await();
                    return -1;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException(e);
                }
            }
        });
        CompletableFuture<Boolean> left = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try {
                stream.readAllBytes();
            } catch (IOException e) {
                left.complete(Thread.currentThread().isInterrupted());
            }
        });
        reader.start();
        blocks.get(15, TimeUnit.SECONDS);
        assertThat(stream.isInSource()).isTrue();

        stream.callOff();

        assertThat(left.get(15, TimeUnit.SECONDS)).isFalse();
        assertThat(stream.isInSource()).isFalse();
        assertThat(stream.failure()).isNull();
    }

    @Test
    void source_thatThrows_isRemembered() {
        IOException own = new IOException("own");
        SourceStream stream = new SourceStream(BodySource.of(() -> {
            throw own;
        }));

        assertThatThrownBy(stream::open).isSameAs(own);

        assertThat(stream.failure()).isSameAs(own);
    }
}
