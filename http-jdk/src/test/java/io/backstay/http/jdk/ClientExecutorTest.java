package io.backstay.http.jdk;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

@DisplayName("The executor of the JDK's client")
class ClientExecutorTest {

    private final List<Runnable> handedOver = new ArrayList<>();
    private final AtomicBoolean nothingBlocks = new AtomicBoolean(true);
    private final ClientExecutor executor = new ClientExecutor(handedOver::add, nothingBlocks::get);
    private final List<String> ran = new ArrayList<>();

    /** On a thread that is called as the JDK calls that of a selector. */
    private static void onSelector(Runnable task) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                        done.complete(null);
                    } catch (Throwable e) {
                        done.completeExceptionally(e);
                    }
                },
                "HttpClient-1-SelectorManager");
        thread.setUncaughtExceptionHandler((in, thrown) -> {});
        thread.start();
        done.get(15, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("hands over what comes from any thread but the selector's")
    void otherThreads_handOver() {
        executor.execute(() -> ran.add("here"));

        assertThat(ran).isEmpty();
        assertThat(handedOver).hasSize(1);
        assertThat(executor.isInPlace()).isFalse();
    }

    @Test
    @DisplayName("runs in place what comes from the selector's thread, one after the other")
    void selector_runsInPlace() throws Exception {
        onSelector(() -> {
            executor.execute(() -> {
                executor.execute(() -> ran.add("inner, in place: " + executor.isInPlace()));
                ran.add("outer");
            });
            ran.add("after, in place: " + executor.isInPlace());
        });

        assertThat(ran).containsExactly("outer", "inner, in place: true", "after, in place: false");
        assertThat(handedOver).isEmpty();
    }

    @Test
    @DisplayName("hands over from the selector's thread too while something could block it")
    void selector_handsOverWhatMayBlock() throws Exception {
        nothingBlocks.set(false);

        onSelector(() -> executor.execute(() -> ran.add("here")));

        assertThat(ran).isEmpty();
        assertThat(handedOver).hasSize(1);
    }

    @Test
    @DisplayName("lets nothing that a task throws out to the selector, and runs the next")
    void selector_survivesWhatIsThrown() throws Exception {
        onSelector(() -> {
            executor.execute(() -> {
                throw new IllegalStateException("a task's own");
            });
            executor.execute(() -> ran.add("next"));
        });

        assertThat(ran).containsExactly("next");
    }
}
