package io.backstay.spi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RunningCallsTest {

    private final VirtualTime time = new VirtualTime();
    private final List<Duration> timedOut = new ArrayList<>();
    private final RunningCalls running = new RunningCalls(new ProviderContext(
            time,
            time,
            SystemTime.shared(),
            RandomSource.system(),
            task -> {
                throw new RejectedExecutionException("no worker");
            },
            name -> null));

    private final class Call implements RunningCalls.Timed {

        private final long deadlineNanos;
        private final Duration timeout;

        Call(Duration timeout) {
            this.timeout = timeout;
            this.deadlineNanos = running.deadlineAfter(timeout.toNanos());
        }

        @Override
        public boolean isTimed() {
            return !timedOut.contains(timeout);
        }

        @Override
        public long deadlineNanos() {
            return deadlineNanos;
        }

        @Override
        public void timeOut() {
            timedOut.add(timeout);
        }

        @Override
        public TransportResponse execute() {
            throw new AssertionError("made");
        }

        @Override
        public CompletableFuture<TransportResponse> executeAsync() {
            throw new AssertionError("made");
        }

        @Override
        public void cancel() {}
    }

    @Test
    void workersThatRefuse_leaveNoCallWithoutItsTimeout() {
        running.add(new Call(Duration.ofSeconds(1)));
        running.add(new Call(Duration.ofSeconds(2)));

        time.advance(Duration.ofSeconds(1));
        assertThat(timedOut).containsExactly(Duration.ofSeconds(1));
        time.advance(Duration.ofSeconds(1));

        assertThat(timedOut).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }
}
