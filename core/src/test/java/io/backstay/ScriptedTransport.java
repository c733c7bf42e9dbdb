package io.backstay;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Answers from a script, on virtual time; the last answer is repeated. */
public final class ScriptedTransport implements HttpTransport {

    /** What happens to an exchange, and after how long. */
    public record Step(Duration after, Object responseOrFailure) {

        public static Step status(int status, String body, String... headers) {
            return new Step(
                    Duration.ZERO,
                    new TransportResponse(status, Headers.of(headers), body.getBytes(StandardCharsets.UTF_8)));
        }

        /** A body that is on its way; where it is cancelled, its reader fails. */
        public static Step streams(int status, ScriptedBody body, String... headers) {
            return new Step(Duration.ZERO, TransportResponse.streamed(status, Headers.of(headers), body));
        }

        public static Step ok(String body) {
            return status(200, body, "Content-Type", "application/json");
        }

        public static Step fails(FailureKind kind) {
            return new Step(Duration.ZERO, new ExchangeException(kind, !kind.wasNeverSent(), kind.words(), null));
        }

        public static Step never() {
            return ok("late").after(Duration.ofDays(30));
        }

        public Step after(Duration time) {
            return new Step(time, responseOrFailure);
        }
    }

    private final VirtualTime time;
    private final Deque<Step> script = new ArrayDeque<>();
    private Function<TransportRequest, Step> rule = request -> script.size() > 1 ? script.poll() : script.peek();
    public final List<TransportRequest> requests = new ArrayList<>();
    /** The octets of the streamed bodies that it was given, as far as they could be read. */
    public final List<String> uploads = new ArrayList<>();

    public int cancelled;
    public boolean closed;

    public ScriptedTransport(VirtualTime time, Step... steps) {
        this.time = time;
        script.addAll(List.of(steps));
    }

    public ScriptedTransport by(Function<TransportRequest, Step> value) {
        rule = value;
        return this;
    }

    public void then(Step... steps) {
        script.clear();
        script.addAll(List.of(steps));
    }

    public int count() {
        return requests.size();
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public TransportCall newCall(TransportRequest request) {
        return new Exchange(request);
    }

    @Override
    public void close() {
        closed = true;
    }

    private final class Exchange implements TransportCall {

        private final TransportRequest request;
        private final CompletableFuture<TransportResponse> result = new CompletableFuture<>();
        private DelayScheduler.Cancellable timer = () -> {};

        Exchange(TransportRequest request) {
            this.request = request;
        }

        @Override
        public TransportResponse execute() throws ExchangeException, InterruptedException {
            time.await(executeAsync());
            if (result.isCompletedExceptionally()) {
                throw (ExchangeException)
                        result.handle((response, failure) -> failure).join();
            }
            return result.join();
        }

        @Override
        public CompletableFuture<TransportResponse> executeAsync() {
            requests.add(request);
            Step step = rule.apply(request);
            if (!upload(step)) {
                return result;
            }
            if (step.after().compareTo(request.timeout()) >= 0) {
                timer = time.schedule(() -> fail(FailureKind.TIMEOUT), request.timeout());
            } else if (step.after().isZero()) {
                complete(step);
            } else {
                timer = time.schedule(() -> complete(step), step.after());
            }
            return result;
        }

        /** A connection that fails is never asked for the body. */
        private boolean upload(Step step) {
            boolean connects = !(step.responseOrFailure() instanceof ExchangeException e && !e.mayHaveBeenSent());
            if (request.bodySource() == null || !connects) {
                return true;
            }
            try (InputStream in = request.bodySource().open()) {
                uploads.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                return true;
            } catch (IOException e) {
                result.completeExceptionally(new ExchangeException(
                        FailureKind.CONNECTION_LOST, true, FailureKind.CONNECTION_LOST.words(), e));
                return false;
            }
        }

        private void complete(Step step) {
            if (step.responseOrFailure() instanceof TransportResponse response) {
                result.complete(response);
            } else {
                result.completeExceptionally((Throwable) step.responseOrFailure());
            }
        }

        private void fail(FailureKind kind) {
            result.completeExceptionally(new ExchangeException(kind, true, kind.words(), null));
        }

        @Override
        public void cancel() {
            timer.cancel();
            if (result.isDone()
                    && !result.isCompletedExceptionally()
                    && result.join().stream() instanceof ScriptedBody body) {
                body.cut();
            }
            if (!result.isDone()) {
                cancelled++;
                fail(FailureKind.CANCELLED);
            }
        }
    }
}
