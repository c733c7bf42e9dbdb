package io.backstay.spi;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@SuppressWarnings("InputStreamSlowMultibyteRead")
class WorkerCallTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final TransportResponse OK = new TransportResponse(200, Headers.empty(), new byte[0]);

    private final VirtualTime time = new VirtualTime();
    private final RunningCalls running = new RunningCalls(context());
    private final AtomicInteger disconnected = new AtomicInteger();

    /** Ends an exchange that blocks. */
    private final CompletableFuture<TransportResponse> answer = new CompletableFuture<>();

    private final CompletableFuture<Void> blocks = new CompletableFuture<>();

    private interface Script {
        TransportResponse run(Call call) throws Exception;
    }

    private final class Call extends WorkerCall {

        private final Script script;

        Call(TransportRequest request, Script script) {
            this(request, context(), script);
        }

        Call(TransportRequest request, ProviderContext context, Script script) {
            super(request, context, running);
            this.script = script;
        }

        @Override
        protected TransportResponse exchange() throws Exception {
            return script.run(this);
        }

        @Override
        protected void disconnect() {
            disconnected.incrementAndGet();
            answer.completeExceptionally(new IOException("disconnected"));
        }

        @Override
        protected FailureKind kindOf(Exception thrown, boolean sent) {
            return sent ? FailureKind.CONNECTION_LOST : FailureKind.CONNECT_FAILED;
        }
    }

    private ProviderContext context() {
        return context(SystemTime.shared().workers());
    }

    private ProviderContext context(Executor workers) {
        return new ProviderContext(time, time, SystemTime.shared(), RandomSource.system(), workers, name -> null);
    }

    private static TransportRequest request() {
        ServiceInstance instance = ServiceInstance.of("own", URI.create("http://127.0.0.1:1"));
        return new TransportRequest("POST", instance, "/", Headers.empty(), null, TIMEOUT.toNanos(), 4);
    }

    private Call call(Script script) {
        return new Call(request(), script);
    }

    private Call blockingAfterSending() {
        return call(call -> {
            call.sending();
            return block();
        });
    }

    private TransportResponse block() throws IOException {
        blocks.complete(null);
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw new IOException(e);
        }
    }

    private static ExchangeException failureOf(CompletableFuture<TransportResponse> future) throws Exception {
        Throwable thrown = future.handle((response, failure) -> failure).get(15, TimeUnit.SECONDS);
        assertThat(thrown).isExactlyInstanceOf(ExchangeException.class);
        return (ExchangeException) thrown;
    }

    @Test
    void response_isHandedOver_blockingAndNot() throws Exception {
        assertThat(call(call -> OK).execute()).isSameAs(OK);
        assertThat(call(call -> OK).executeAsync().get(15, TimeUnit.SECONDS)).isSameAs(OK);
        assertThat(running.size()).isZero();
    }

    @Test
    void call_isMadeOnce() throws Exception {
        Call call = call(ignored -> OK);
        call.execute();

        assertThatThrownBy(call::executeAsync).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(call::execute).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void failure_isTold_byWhatWasSent() throws Exception {
        ExchangeException before = catchThrowableOfType(
                ExchangeException.class,
                () -> call(call -> {
                            throw new IOException("refused");
                        })
                        .execute());
        ExchangeException after = failureOf(call(call -> {
                    call.sending();
                    throw new IOException("reset");
                })
                .executeAsync());

        assertThat(before.kind()).isEqualTo(FailureKind.CONNECT_FAILED);
        assertThat(before.mayHaveBeenSent()).isFalse();
        assertThat(after.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
        assertThat(after.mayHaveBeenSent()).isTrue();
        assertThat(after).hasMessage("connection lost: 127.0.0.1:1").hasRootCauseMessage("reset");
        assertThat(running.size()).isZero();
    }

    @Test
    void timeout_disconnects_andSaysWhatWasSent() throws Exception {
        CompletableFuture<TransportResponse> future = blockingAfterSending().executeAsync();
        blocks.get(15, TimeUnit.SECONDS);

        time.advance(TIMEOUT);

        ExchangeException failure = failureOf(future);
        assertThat(failure.kind()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(failure.mayHaveBeenSent()).isTrue();
        assertThatThrownBy(() -> answer.get(15, TimeUnit.SECONDS)).hasRootCauseMessage("disconnected");
    }

    @Test
    void timeout_beforeAnythingWasSent_isOneOfConnecting_andNothingIsSentAfterwards() throws Exception {
        Call call = call(ignored -> block());
        CompletableFuture<TransportResponse> future = call.executeAsync();
        blocks.get(15, TimeUnit.SECONDS);

        time.advance(TIMEOUT);

        ExchangeException failure = failureOf(future);
        assertThat(failure.kind()).isEqualTo(FailureKind.CONNECT_TIMEOUT);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        assertThatThrownBy(call::sending).isInstanceOf(IOException.class);
    }

    @Test
    void cancel_beforeItBegan_neverMakesIt() throws Exception {
        Call call = call(ignored -> {
            throw new AssertionError("made");
        });
        call.cancel();

        ExchangeException failure = failureOf(call.executeAsync());
        assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED);
        assertThat(failure.mayHaveBeenSent()).isFalse();
    }

    @Test
    void cancel_afterItsEnd_touchesNothing() throws Exception {
        Call call = call(ignored -> OK);
        call.execute();

        call.cancel();

        assertThat(disconnected).hasValue(0);
    }

    @Test
    void interrupt_cancels() throws Exception {
        Call call = blockingAfterSending();
        Thread caller = Thread.currentThread();
        var unused = blocks.thenRun(caller::interrupt);

        assertThatThrownBy(call::execute).isInstanceOf(InterruptedException.class);

        assertThatThrownBy(() -> answer.get(15, TimeUnit.SECONDS)).hasRootCauseMessage("disconnected");
        Thread.currentThread().interrupt();
        assertThatThrownBy(call(ignored -> OK)::execute).isInstanceOf(InterruptedException.class);
    }

    @Test
    void close_cancelsWhatRuns_andLetsNothingBegin() throws Exception {
        CompletableFuture<TransportResponse> future = blockingAfterSending().executeAsync();
        blocks.get(15, TimeUnit.SECONDS);

        running.close();

        assertThat(failureOf(future).kind()).isEqualTo(FailureKind.CANCELLED);
        assertThat(failureOf(call(ignored -> OK).executeAsync()).kind()).isEqualTo(FailureKind.CANCELLED);
    }

    @Test
    void source_whenItThrows_isTheFailure_andBreaksTheConnection() throws Exception {
        IOException own = new IOException("unreadable");
        AtomicInteger closed = new AtomicInteger();
        BodySource source = BodySource.of(() -> new InputStream() {
            @Override
            public int read() throws IOException {
                throw own;
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        });

        ExchangeException failure = failureOf(call(call -> {
                    call.sending();
                    try (InputStream body = call.open(source)) {
                        return new TransportResponse(200, Headers.empty(), body.readAllBytes());
                    }
                })
                .executeAsync());

        assertThat(failure.kind()).isEqualTo(FailureKind.UNEXPECTED);
        assertThat(failure.getCause()).isSameAs(own);
        assertThat(disconnected).hasValue(1);
        assertThat(closed).hasValue(1);
    }

    @Test
    void stream_hasNoTimeLimit_andEndsWhenItIsCancelled() throws Exception {
        Call call = call(
                ignored -> TransportResponse.streamed(200, Headers.empty(), new ByteArrayInputStream(new byte[1])));
        call.execute();

        time.advance(TIMEOUT);
        assertThat(disconnected).hasValue(0);
        assertThat(running.size()).isOne();
        call.cancel();

        assertThatThrownBy(() -> answer.get(15, TimeUnit.SECONDS)).hasRootCauseMessage("disconnected");
    }

    @Test
    void response_thatIsTooLong_isRefused_byItsWordAndByItsOctets() throws Exception {
        for (int announced : new int[] {-1, 5}) {
            InputStream five = new ByteArrayInputStream(new byte[5]);

            ExchangeException failure =
                    failureOf(call(call -> new TransportResponse(200, Headers.empty(), call.readAll(five, announced)))
                            .executeAsync());

            assertThat(failure.kind()).isEqualTo(FailureKind.RESPONSE_TOO_LARGE);
            assertThat(five.available()).isEqualTo(announced < 0 ? 0 : 5);
        }
    }

    private static final class Trickle extends InputStream {

        private final Deque<Object> steps;
        private final AtomicInteger closed = new AtomicInteger();

        Trickle(Object... steps) {
            this.steps = new ArrayDeque<>(List.of(steps));
        }

        @Override
        public int read() throws IOException {
            Object step = steps.poll();
            if (step instanceof IOException failure) {
                throw failure;
            }
            return step == null ? -1 : (Integer) step;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int octet = read();
            if (octet < 0) {
                return -1;
            }
            target[offset] = (byte) octet;
            return 1;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private InputStream streamOf(InputStream arriving) throws Exception {
        return Objects.requireNonNull(call(call -> {
                    call.sending();
                    return TransportResponse.streamed(200, Headers.empty(), arriving);
                })
                .execute()
                .stream());
    }

    @Test
    void stream_readToItsEnd_hasEnded_withoutBeingClosed() throws Exception {
        Trickle arriving = new Trickle(1);
        InputStream stream = streamOf(arriving);
        assertThat(running.size()).isOne();

        assertThat(stream.readAllBytes()).containsExactly(1);

        assertThat(running.size()).isZero();
        assertThat(arriving.closed).hasValue(1);
        assertThat(stream.read()).isEqualTo(-1);
    }

    @Test
    void stream_thatBreaks_hasEnded_andTellsWhatItsClientMeant() throws Exception {
        IOException reset = new IOException("reset");
        Trickle arriving = new Trickle(1, reset);
        InputStream stream = streamOf(arriving);

        IOException thrown = catchThrowableOfType(IOException.class, stream::readAllBytes);

        assertThat(thrown).hasRootCause(reset).cause().isInstanceOfSatisfying(ExchangeException.class, failure -> {
            assertThat(failure.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
            assertThat(failure.mayHaveBeenSent()).isTrue();
        });
        assertThat(running.size()).isZero();
        assertThat(arriving.closed).hasValue(1);
    }

    @Test
    void stream_whoseExchangeIsCancelled_tellsSo() throws Exception {
        InputStream stream = streamOf(new InputStream() {
            @Override
            public int read() throws IOException {
                try {
                    return answer.join().status();
                } catch (CompletionException e) {
                    throw new IOException(e);
                }
            }
        });

        running.close();

        assertThat(catchThrowableOfType(IOException.class, stream::read))
                .cause()
                .isInstanceOfSatisfying(
                        ExchangeException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED));
        assertThat(running.size()).isZero();
    }

    @Test
    void cancel_afterATimeoutThatTheHeadForestalled_isNotLost() throws Exception {
        Deque<Runnable> late = new ArrayDeque<>();
        AtomicBoolean delays = new AtomicBoolean();
        Executor workers = task -> {
            if (delays.get()) {
                late.add(task);
            } else {
                task.run();
            }
        };
        Call call = new Call(
                request(),
                context(workers),
                ignored -> TransportResponse.streamed(200, Headers.empty(), new Trickle(1)));
        call.executeAsync().get(15, TimeUnit.SECONDS);
        delays.set(true);

        call.timeOut();
        call.cancel();
        late.forEach(Runnable::run);

        assertThat(disconnected).hasValue(1);
    }

    @Test
    void timeout_ofAStreamWhoseHeadHasCome_leavesIt_andALaterCancelEndsIt() throws Exception {
        Call call = new Call(
                request(),
                context(Runnable::run),
                ignored -> TransportResponse.streamed(200, Headers.empty(), new Trickle(1)));
        call.executeAsync().get(15, TimeUnit.SECONDS);

        call.timeOut();
        assertThat(disconnected).hasValue(0);
        call.cancel();

        assertThat(disconnected).hasValue(1);
    }

    @Test
    void source_thatBlocks_andDoesNotMindBeingClosed_isInterrupted() throws Exception {
        CompletableFuture<Boolean> left = new CompletableFuture<>();
        BodySource source = BodySource.of(() -> new InputStream() {
            @Override
            public int read() throws IOException {
                blocks.complete(null);
                try {
                    new CountDownLatch(1).await();
                    return -1;
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        });
        Call call = call(each -> {
            each.sending();
            try {
                each.open(source).readAllBytes();
            } finally {
                left.complete(Thread.currentThread().isInterrupted());
            }
            return OK;
        });
        CompletableFuture<TransportResponse> future = call.executeAsync();
        blocks.get(15, TimeUnit.SECONDS);

        call.cancel();

        assertThat(left.get(15, TimeUnit.SECONDS)).isFalse();
        assertThat(failureOf(future).kind()).isEqualTo(FailureKind.CANCELLED);
    }
}
