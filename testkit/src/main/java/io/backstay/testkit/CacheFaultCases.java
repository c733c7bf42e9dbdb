package io.backstay.testkit;

import io.backstay.spi.CacheStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A cache that is away, and its end. */
abstract class CacheFaultCases extends CacheCases {

    abstract void stop();

    abstract void start();

    abstract Duration timeout();

    private List<Function<CacheStore, CompletionStage<?>>> operations() {
        return List.of(
                view -> view.get(key("a")),
                view -> view.put(key("a"), octets("x"), LONG),
                view -> view.remove(List.of(key("a"), key("b"))));
    }

    @Test
    @DisplayName("While it is away, every operation fails as transient within the command timeout, and none is a hit")
    void away_failsSoon() {
        skipIfExcused(CacheRequirement.OUTAGE);
        put("a", "1");
        stop();
        try {
            for (var operation : operations()) {
                long before = surroundings().time().nanoTime();
                StateStoreException failure = failure(operation.apply(store));
                assertThat(failure.isTransient()).as("%s", failure.reason()).isTrue();
                assertThat(Duration.ofNanos(surroundings().time().nanoTime() - before))
                        .isLessThan(timeout().plus(SLACK));
            }
            assertThatThrownBy(() -> store.put("", octets("x"), LONG)).isInstanceOf(IllegalArgumentException.class);
        } finally {
            start();
        }
    }

    @Test
    @DisplayName(
            "Once it is back, it works again without anybody doing anything, also where it was away from the start")
    void away_recovers() {
        skipIfExcused(CacheRequirement.OUTAGE);
        stop();
        CacheStore late;
        try {
            late = anotherProcess();
            assertThat(failure(late.get(key("a"))).isTransient()).isTrue();
        } finally {
            start();
        }

        for (CacheStore view : List.of(store, late)) {
            awaitUntil("it works again", () -> ended(view.get(key("never"))) == null);
            value(view.put(key("a"), octets("1"), LONG));
            assertThat(get(view, "a")).contains("1");
        }
    }

    @Test
    @DisplayName("After closing, every operation fails as closed; closing again does nothing")
    void close_failsWhatComesLater() {
        CacheStore closed = anotherProcess();
        put("a", "1");

        closed.close();
        closed.close();

        for (var operation : operations()) {
            failure(operation.apply(closed), Reason.CLOSED);
        }
        if (!excused().containsKey(CacheRequirement.SHARED)) {
            assertHit("a", "1");
        }
    }

    @Test
    @DisplayName("Closing ends what is under way: each operation comes to an end, whole or failed as closed")
    void close_endsWhatIsUnderWay() {
        List<CompletionStage<?>> started = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            started.add(store.put(key("k" + i), octets("x"), LONG));
        }

        store.close();

        for (CompletionStage<?> stage : started) {
            if (ended(stage) != null) {
                failure(stage, Reason.CLOSED);
            }
        }
    }

    @Test
    @DisplayName("A cache that is closed leaves no thread behind")
    void close_leavesNoThread() {
        for (int i = 0; i < 3; i++) {
            useAndClose();
        }
        int before = Thread.getAllStackTraces().size();

        for (int i = 0; i < 10; i++) {
            useAndClose();
        }

        awaitUntil(
                "there are as many threads as before",
                () -> Thread.getAllStackTraces().size() <= before + SLACK_THREADS);
    }

    private void useAndClose() {
        CacheStore used = newStore(surroundings());
        value(used.get(key("never")));
        used.close();
    }
}
