package io.backstay.state;

import io.backstay.spi.RandomSource;
import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Whoever asks a store gets an answer or a failure, once, whatever the store does. */
class QuestionsTest {

    private final VirtualTime time = new VirtualTime();
    private final List<Object> heard = new ArrayList<>();
    private final Questions questions =
            new Questions(new StateClocks(time, time, RandomSource.seeded(1)), new SerialExecutor(heard::add));

    private void ask(Supplier<CompletionStage<String>> question) {
        questions.ask(question, heard::add, failure -> heard.add(failure.reason() + " " + failure.mayHaveBeenDone()));
    }

    @Test
    void answer_isHeard_andNoTimerStays() {
        CompletableFuture<String> late = new CompletableFuture<>();
        ask(() -> late);
        assertThat(time.pendingTasks()).isEqualTo(1);
        late.complete("yes");
        ask(() -> CompletableFuture.completedFuture("at once"));

        assertThat(heard).containsExactly("yes", "at once");
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void failure_isHeardWithItsReason_howeverItComes() {
        StateStoreException failure = new StateStoreException(Reason.FULL, false, "full", null);
        ask(() -> CompletableFuture.failedFuture(failure));
        ask(() -> CompletableFuture.<String>failedFuture(failure).thenApply(answer -> answer));
        ask(() -> {
            throw failure;
        });

        assertThat(heard).containsExactly("FULL false", "FULL false", "FULL false");
    }

    @Test
    void whatIsNoFailureOfAStore_isTakenForOne() {
        ask(() -> CompletableFuture.failedFuture(new IllegalStateException("on purpose")));
        ask(() -> {
            throw new IllegalStateException("on purpose");
        });
        ask(() -> null);
        ask(() -> CompletableFuture.completedFuture(null));

        assertThat(heard).hasSize(4).containsOnly("UNAVAILABLE true");
    }

    @Test
    void noAnswer_isGivenUpAfter10Seconds_andNotHeardLater() {
        CompletableFuture<String> never = new CompletableFuture<>();
        ask(() -> never);
        time.advance(Duration.ofMillis(9_999));
        assertThat(heard).isEmpty();
        time.advance(Duration.ofMillis(1));
        never.complete("too late");

        assertThat(heard).containsExactly("TIMED_OUT true");
    }

    @Test
    void answerThatCannotBeUsed_isAFailure() {
        questions.ask(
                () -> CompletableFuture.completedFuture("nonsense"),
                answer -> {
                    throw new IndexOutOfBoundsException("on purpose");
                },
                failure -> heard.add(failure.reason()));

        assertThat(heard).containsExactly(Reason.DAMAGED);
    }
}
