package io.backstay.testkit;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import io.backstay.spi.VirtualTime;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("The fake transport")
class FakeTransportTest {

    private static final ServiceInstance USERS =
            ServiceInstance.of("user-service", URI.create("http://users.test:8080"));

    private final VirtualTime time = new VirtualTime();
    private final FakeTransport transport = FakeTransport.on(time);

    private static TransportRequest request(String method, Duration timeout, long maxResponseBytes) {
        return new TransportRequest(
                method, USERS, "/users", Headers.empty(), null, timeout.toNanos(), maxResponseBytes);
    }

    private TransportCall call() {
        return transport.newCall(request("GET", Duration.ofSeconds(1), 100));
    }

    @Test
    @DisplayName("gives the scripted answers in order, then the rule's")
    void answers_inOrder() throws Exception {
        transport.then(FakeAnswer.status(503)).then(FakeAnswer.ok("one")).always(FakeAnswer.status(404));

        assertThat(call().execute().status()).isEqualTo(503);
        assertThat(call().executeAsync().join().body()).asString().isEqualTo("one");
        assertThat(call().execute().status()).isEqualTo(404);
        assertThat(call().execute().status()).isEqualTo(404);
    }

    @Test
    @DisplayName("keeps the requests it was asked, in order, and answers by what they are")
    void requests_areKept() throws Exception {
        transport.answering(request -> FakeAnswer.ok(request.method()).header("X-Target", request.target()));

        TransportResponse response = call().execute();
        transport.newCall(request("PUT", Duration.ofSeconds(1), 100)).execute();

        assertThat(response.headers().first("x-target")).contains("/users");
        assertThat(transport.requests()).extracting(TransportRequest::method).containsExactly("GET", "PUT");
    }

    @Test
    @DisplayName("lets a blocking caller wait on virtual time for just the latency")
    void execute_waitsVirtually() throws Exception {
        transport.always(FakeAnswer.ok("late").after(Duration.ofMillis(700)));

        call().execute();

        assertThat(time.nanoTime()).isEqualTo(Duration.ofMillis(700).toNanos());
        assertThat(time.pendingTasks()).isZero();
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("completes an asynchronous call when its time has come and not before")
    void executeAsync_completesInTime() {
        transport.always(FakeAnswer.ok("late").after(Duration.ofMillis(700)));
        CompletableFuture<TransportResponse> future = call().executeAsync();

        time.advance(Duration.ofMillis(699));
        assertThat(future).isNotDone();
        assertThat(transport.running()).isOne();
        time.advance(Duration.ofMillis(1));
        assertThat(future).isCompleted();
    }

    @Test
    @DisplayName("times out at the timeout, when the answer comes too late or never")
    void execute_timesOut() {
        transport.then(FakeAnswer.ok("late").after(Duration.ofSeconds(2))).then(FakeAnswer.never());

        assertThat(failure(call()).kind()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(time.nanoTime()).isEqualTo(Duration.ofSeconds(1).toNanos());
        ExchangeException second = failure(call());
        assertThat(second.kind()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(second.mayHaveBeenSent()).isTrue();
        assertThat(time.nanoTime()).isEqualTo(Duration.ofSeconds(2).toNanos());
    }

    @Test
    @DisplayName("fails with the scripted kind, and says whether that one may have been sent")
    void execute_failsAsScripted() {
        transport
                .then(FakeAnswer.failure(FailureKind.CONNECT_FAILED))
                .then(FakeAnswer.failure(FailureKind.CONNECTION_LOST).after(Duration.ofMillis(5)));

        ExchangeException refused = failure(call());
        ExchangeException lost = failure(call());

        assertThat(refused.kind()).isEqualTo(FailureKind.CONNECT_FAILED);
        assertThat(refused.mayHaveBeenSent()).isFalse();
        assertThat(lost.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
        assertThat(lost.mayHaveBeenSent()).isTrue();
        assertThat(lost).hasMessage("connection lost: users.test:8080");
    }

    @Test
    @DisplayName("fails the future with a bare ExchangeException when cancelled, and drops its timer")
    void cancel_whileRunning() {
        transport.always(FakeAnswer.never());
        TransportCall call = call();
        CompletableFuture<TransportResponse> future = call.executeAsync();

        call.cancel();
        call.cancel();

        Throwable failure = future.handle((response, thrown) -> thrown).join();
        assertThat(failure).isInstanceOfSatisfying(ExchangeException.class, e -> {
            assertThat(e.kind()).isEqualTo(FailureKind.CANCELLED);
            assertThat(e.mayHaveBeenSent()).isTrue();
        });
        assertThat(time.pendingTasks()).isZero();
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("never begins a call that was cancelled before")
    void cancel_before() {
        transport.always(FakeAnswer.ok(""));
        TransportCall call = call();
        call.cancel();

        ExchangeException failure = failure(call);

        assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        assertThat(transport.requests()).isEmpty();
    }

    @Test
    @DisplayName("throws InterruptedException on an interrupted thread and sends nothing")
    void execute_whenInterrupted() {
        transport.always(FakeAnswer.ok(""));
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> call().execute()).isInstanceOf(InterruptedException.class);
        assertThat(transport.requests()).isEmpty();
    }

    @Test
    @DisplayName("refuses a body over the limit, takes one at the limit, and gives none to HEAD, 204 and 304")
    void body_limits() throws Exception {
        transport
                .then(FakeAnswer.ok("x".repeat(101)))
                .then(FakeAnswer.ok("x".repeat(100)))
                .then(FakeAnswer.ok("x".repeat(500)))
                .then(FakeAnswer.status(204).body("x"))
                .then(FakeAnswer.status(304).body("x"));

        assertThat(failure(call()).kind()).isEqualTo(FailureKind.RESPONSE_TOO_LARGE);
        assertThat(call().execute().body()).hasSize(100);
        assertThat(transport
                        .newCall(request("HEAD", Duration.ofSeconds(1), 100))
                        .execute()
                        .body())
                .isEmpty();
        assertThat(call().execute().body()).isEmpty();
        assertThat(call().execute().body()).isEmpty();
    }

    @Test
    @DisplayName("cancels what runs when closed, and refuses what comes later")
    void close_cancels() {
        transport.always(FakeAnswer.never());
        CompletableFuture<TransportResponse> running = call().executeAsync();

        transport.close();
        transport.close();

        assertThat(running).isCompletedExceptionally();
        ExchangeException later = failure(call());
        assertThat(later.kind()).isEqualTo(FailureKind.CANCELLED);
        assertThat(later.mayHaveBeenSent()).isFalse();
        assertThat(transport.requests()).hasSize(1);
    }

    @Test
    @DisplayName("says so when it has no answer, and when a rule throws")
    void execute_withoutAnswer() {
        assertThat(failure(call())).hasMessageContaining("no answer is left for GET to users.test:8080");

        transport.answering(request -> {
            throw new IllegalArgumentException("rule");
        });
        assertThat(failure(call()).kind()).isEqualTo(FailureKind.UNEXPECTED);
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("makes an exchange once")
    void execute_twice() throws Exception {
        transport.always(FakeAnswer.ok(""));
        TransportCall call = call();
        call.execute();

        assertThatThrownBy(call::execute).isInstanceOf(IllegalStateException.class);
    }

    private static ExchangeException failure(TransportCall call) {
        return catchThrowableOfType(ExchangeException.class, call::execute);
    }

    private TransportResponse streamed(TransportRequest request) throws Exception {
        return transport.newCall(request.withStreamedResponse()).execute();
    }

    @Test
    @DisplayName("streams a body piece by piece, each after its time, and counts as running until its end")
    void stream_comesInPieces() throws Exception {
        transport.always(FakeAnswer.ok("a").piece(Duration.ofSeconds(2), "b").after(Duration.ofMillis(100)));

        InputStream stream = streamed(request("GET", Duration.ofSeconds(1), 100)).stream();

        assertThat(time.nanoTime()).isEqualTo(Duration.ofMillis(100).toNanos());
        assertThat(stream.read()).isEqualTo('a');
        assertThat(stream.read()).isEqualTo('b');
        assertThat(time.nanoTime()).isEqualTo(Duration.ofMillis(2100).toNanos());
        assertThat(transport.running()).isOne();
        assertThat(stream.read()).isEqualTo(-1);
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("gives pieces as a whole to who wants a whole, once they are all there")
    void pieces_addUp() throws Exception {
        transport.always(FakeAnswer.ok("a").piece(Duration.ofMillis(200), "b"));

        assertThat(call().execute().body()).asString().isEqualTo("ab");
        assertThat(time.nanoTime()).isEqualTo(Duration.ofMillis(200).toNanos());
    }

    @Test
    @DisplayName("breaks a body off, streamed or not")
    void body_breaksOff() throws Exception {
        transport.always(FakeAnswer.ok("a").breakingOff());

        assertThat(failure(call()).kind()).isEqualTo(FailureKind.CONNECTION_LOST);
        InputStream stream = streamed(request("GET", Duration.ofSeconds(1), 100)).stream();
        assertThat(stream.read()).isEqualTo('a');
        assertThatThrownBy(stream::read).isInstanceOf(IOException.class).hasCauseInstanceOf(ExchangeException.class);
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("is silent where a body never ends: a whole one times out, a streamed one waits to be cancelled")
    void body_neverEnds() throws Exception {
        transport.always(FakeAnswer.ok("a").neverEnding());
        assertThat(failure(call()).kind()).isEqualTo(FailureKind.TIMEOUT);

        TransportCall call =
                transport.newCall(request("GET", Duration.ofSeconds(1), 100).withStreamedResponse());
        InputStream stream = call.execute().stream();
        var unused = time.schedule(call::cancel, Duration.ofHours(1));
        assertThat(stream.read()).isEqualTo('a');

        assertThatThrownBy(stream::read)
                .hasCauseInstanceOf(ExchangeException.class)
                .hasMessageContaining("cancelled");
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("reads a streamed request body, closes it, and fails with what its source throws")
    void upload_isReadAndClosed() throws Exception {
        transport.always(FakeAnswer.ok("kept"));
        AtomicInteger closed = new AtomicInteger();
        InputStream source = new FilterInputStream(new ByteArrayInputStream(new byte[10])) {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        TransportRequest put = request("PUT", Duration.ofSeconds(1), 100);

        assertThat(transport
                        .newCall(put.withBody(BodySource.of(source)))
                        .execute()
                        .status())
                .isEqualTo(200);
        assertThat(closed).hasValue(1);
        assertThat(failure(transport.newCall(put.withBody(BodySource.of(() -> {
                    throw new IOException("disk failure");
                })))))
                .hasRootCauseMessage("disk failure");
    }
}
