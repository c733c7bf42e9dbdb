package io.backstay.internal;

import io.backstay.CallException;
import io.backstay.CallPolicy;
import io.backstay.ContextSnapshot;
import io.backstay.Deadline;
import io.backstay.FailureKind;
import io.backstay.ServiceResponse;
import io.backstay.StreamedResponse;
import io.backstay.internal.Outcome.Broken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Hands streamed bodies over, watched, and sees their calls to their ends. */
final class Streams {

    /** Is told of the end of a call whose answer was streamed; both null for a good one. */
    interface EndListener {
        void ended(Call call, ServiceResponse head, @Nullable Broken outcome, @Nullable CallException failure);
    }

    private final Parts parts;
    private final EndListener listener;

    Streams(Parts parts, EndListener listener) {
        this.parts = parts;
        this.listener = listener;
    }

    /** The answer while its body arrives. From here on the call ends with the stream. */
    StreamedResponse open(Call call, ServiceResponse head, InputStream arriving) {
        ContextSnapshot snapshot = call.snapshot();
        call.timedOutFairly = false;
        ResponseStream stream = new ResponseStream(
                arriving,
                parts.time(),
                parts.scheduler(),
                call.policy.idleTimeout(),
                call.deadline,
                new ResponseStream.Owner() {
                    @Override
                    public void cancelExchange() {
                        call.cancelExchange();
                    }

                    @Override
                    public CallException failure(Broken outcome) {
                        call.endNanos = parts.time().nanoTime();
                        return parts.failures().of(call, outcome);
                    }

                    @Override
                    public void ended(@Nullable Broken outcome, @Nullable CallException failure) {
                        call.endNanos = parts.time().nanoTime();
                        call.timedOutFairly = outcome != null
                                && outcome.kind() == FailureKind.TIMEOUT
                                && !call.deadline.hasPassed(call.endNanos);
                        try (ContextSnapshot.Scope scope = snapshot.open()) {
                            listener.ended(call, head, outcome, failure);
                        }
                    }
                });
        call.streams(stream);
        return new StreamedResponse(head, stream.begin());
    }

    /** The body that comes with a status that is a failure, as far as it comes within the attempt's time and the size allowed. */
    byte[] readFailure(Attempt attempt, InputStream arriving) {
        CallPolicy policy = attempt.call.policy;
        Deadline end = Deadline.after(attempt.startNanos, Duration.ofNanos(attempt.timeoutNanos));
        ResponseStream watched = new ResponseStream(
                arriving, parts.time(), parts.scheduler(), policy.idleTimeout(), end, new Discarded(attempt));
        ByteArrayOutputStream sofar = new ByteArrayOutputStream();
        try (InputStream body = watched.begin()) {
            byte[] buffer = new byte[8192];
            int count = body.read(buffer);
            while (count >= 0 && sofar.size() + count <= policy.maxResponseBytes()) {
                sofar.write(buffer, 0, count);
                count = body.read(buffer);
            }
        } catch (IOException broken) {
            // What has come must do.
        }
        return sofar.toByteArray();
    }

    /** Of a body that explains a failure, the status alone must do where the rest is lost. */
    private record Discarded(Attempt attempt) implements ResponseStream.Owner {

        @Override
        public void cancelExchange() {
            attempt.cancel();
        }

        @Override
        public @Nullable CallException failure(Broken outcome) {
            return null;
        }

        @Override
        public void ended(@Nullable Broken outcome, @Nullable CallException failure) {}
    }
}
