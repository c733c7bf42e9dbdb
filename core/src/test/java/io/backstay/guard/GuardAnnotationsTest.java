package io.backstay.guard;

import io.backstay.CallRejectedException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConfigurationException;
import io.backstay.Fallback;
import io.backstay.GuardPolicy;
import io.backstay.spi.VirtualTime;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Where annotations are found, which of them wins, which fallback answers, and what is refused when the proxy is made. */
@SuppressWarnings("UnusedVariable")
class GuardAnnotationsTest {

    private final VirtualTime time = new VirtualTime();
    private final Guard ledger = guard("ledger", GuardPolicy.standard());
    private final Guard archive = guard("archive", GuardPolicy.standard());

    private Guard guard(String name, GuardPolicy policy) {
        return Guard.builder(name).policy(policy).virtualTime(time).build();
    }

    private static long calls(Guard guard) {
        return guard.status().breaker().orElseThrow().counts().calls();
    }

    private <T> void refused(Class<T> type, T target, String... parts) {
        assertThatThrownBy(() -> Guards.protect(type, target, ledger, archive))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(parts);
    }

    // Where they stand.

    @Guarded("ledger")
    @Retry(maxAttempts = 2, delay = "1s", jitter = false)
    @Timeout("5s")
    interface OfTheType {
        String load() throws IOException;

        @Guarded("archive")
        @Retry(maxAttempts = 3, delay = "1s", jitter = false)
        String loadOld() throws IOException;
    }

    @Test
    void annotationOfTheMethod_winsOverThatOfTheType() {
        int[] calls = new int[2];
        OfTheType guarded = Guards.protect(
                OfTheType.class,
                new OfTheType() {
                    @Override
                    public String load() throws IOException {
                        calls[0]++;
                        throw new IOException();
                    }

                    @Override
                    public String loadOld() throws IOException {
                        calls[1]++;
                        throw new IOException();
                    }
                },
                ledger,
                archive);
        assertThatThrownBy(guarded::load).isInstanceOf(IOException.class);
        assertThatThrownBy(guarded::loadOld).isInstanceOf(IOException.class);
        assertThat(calls).containsExactly(2, 3);
        assertThat(calls(ledger)).isEqualTo(1);
        assertThat(calls(archive)).isEqualTo(1);
    }

    @Guarded("ledger")
    interface Base {
        default String load() {
            return "loaded";
        }
    }

    interface Extended extends Base {
        default String loadOld() {
            return "old";
        }
    }

    @Test
    void annotationOfAnExtendedInterface_holdsForItsMethodsAlone() {
        Extended guarded = Guards.protect(Extended.class, new Extended() {}, ledger);
        assertThat(guarded.load()).isEqualTo("loaded");
        assertThat(guarded.loadOld()).isEqualTo("old");
        assertThat(calls(ledger)).isEqualTo(1);
    }

    interface Bare {
        String load();
    }

    @Guarded("ledger")
    static class GuardedBase {}

    static final class OfTheClass extends GuardedBase implements Bare {
        @Override
        public String load() {
            return "loaded";
        }
    }

    @Test
    void annotationOfAnExtendedClass_holds() {
        assertThat(Guards.protect(Bare.class, new OfTheClass(), ledger).load()).isEqualTo("loaded");
        assertThat(calls(ledger)).isEqualTo(1);
    }

    // Contradictions.

    @Guarded("ledger")
    interface Said {
        @Retry(maxAttempts = 2)
        String retried();

        @FallbackMethod("one")
        String answered();

        @Timeout("1s")
        String timed();

        default String one() {
            return "one";
        }

        default String other() {
            return "other";
        }
    }

    @Guarded("archive")
    static final class Contradicting implements Said {
        @Override
        @Retry(maxAttempts = 4)
        public String retried() {
            return "";
        }

        @Override
        @FallbackMethod("other")
        public String answered() {
            return "";
        }

        @Override
        @Timeout("2s")
        public String timed() {
            return "";
        }
    }

    @Test
    void annotationsThatContradictOneAnother_areRefusedByName() {
        refused(
                Said.class,
                new Contradicting(),
                "Said has two @Guarded that contradict each other",
                "Said.retried() has two @Retry that contradict each other",
                "Said.answered() has two @FallbackMethod that contradict each other",
                "Said.timed() has two @Timeout that contradict each other");
    }

    @Guarded("ledger")
    interface Idle {
        @Retry(maxAttempts = 1, on = IOException.class)
        String load() throws IOException;
    }

    @Test
    void retryThatContradictsItself_isRefused() {
        refused(
                Idle.class,
                () -> "",
                "Idle.load() has a @Retry that contradicts itself",
                "retry.max-attempts of 1 allows");
    }

    // Fallbacks.

    @Guarded("ledger")
    interface Several {
        @FallbackMethod("kept")
        String load(int number) throws IOException;
    }

    @SuppressWarnings("UnusedMethod") // all called by their name
    private static class Keeper implements Several {
        IOException failure = new IOException();

        @Override
        public String load(int number) throws IOException {
            throw failure;
        }

        private String kept(int number) {
            return "kept";
        }

        private String kept(int number, IOException failure) {
            return "kept for I/O";
        }

        private String kept(int number, FileNotFoundException failure) {
            return "kept for a file";
        }

        private String kept(int number, CallRejectedException failure) {
            return "kept for " + failure.guard();
        }
    }

    @Test
    void fallback_ofSeveral_isTheOneWithTheMostSpecialException() throws IOException {
        Keeper keeper = new Keeper();
        Several guarded = Guards.protect(Several.class, keeper, ledger);
        assertThat(guarded.load(7)).isEqualTo("kept for I/O");
        keeper.failure = new FileNotFoundException();
        assertThat(guarded.load(7)).isEqualTo("kept for a file");
        ledger.breaker().orElseThrow().forceOpen();
        assertThat(guarded.load(7)).isEqualTo("kept for circuit breaker");
    }

    @Test
    void fallback_withoutAnException_answersForAllThatNoOtherWants() throws IOException {
        Several guarded = Guards.protect(
                Several.class,
                new Keeper() {
                    @Override
                    public String load(int number) {
                        throw new IllegalStateException("a bug");
                    }
                },
                ledger);
        assertThat(guarded.load(7)).isEqualTo("kept");
        assertThat(ledger.status().fallbacks()).isEqualTo(1);
    }

    @Guarded("ledger")
    interface WrongTypes {
        @FallbackMethod("numbers")
        List<String> names();

        @FallbackMethod("number")
        CompletionStage<String> name();

        @FallbackMethod("later")
        String now();

        @FallbackMethod("nothing")
        String something();

        @FallbackMethod("itself")
        String itself();

        @FallbackMethod("fatal")
        String failing();

        default List<Integer> numbers() {
            return List.of();
        }

        default CompletableFuture<Integer> number() {
            return CompletableFuture.completedFuture(1);
        }

        default CompletableFuture<String> later() {
            return CompletableFuture.completedFuture("");
        }

        default void nothing() {}

        default String fatal(Error error) {
            return "";
        }
    }

    static final class WrongTypesTarget implements WrongTypes {
        @Override
        public List<String> names() {
            return List.of();
        }

        @Override
        public CompletionStage<String> name() {
            return CompletableFuture.completedFuture("");
        }

        @Override
        public String now() {
            return "";
        }

        @Override
        public String something() {
            return "";
        }

        @Override
        public String itself() {
            return "";
        }

        @Override
        public String failing() {
            return "";
        }
    }

    @Test
    void fallbackOfAWrongType_isRefused() {
        String other = "which has other parameters or gives another type; allowed: those of the method";
        refused(
                WrongTypes.class,
                new WrongTypesTarget(),
                "WrongTypes.names() names the fallback numbers, " + other,
                "java.util.List<java.lang.String>",
                "WrongTypes.name() names the fallback number, " + other,
                "WrongTypes.now() names the fallback later, " + other,
                "WrongTypes.something() names the fallback nothing, " + other,
                "WrongTypes.itself() names the fallback itself, which is the method itself",
                "WrongTypes.failing() names the fallback fatal, " + other);
    }

    @Guarded("ledger")
    interface Fitting {
        @FallbackMethod("future")
        CompletionStage<Object> stage();

        @FallbackMethod("nothing")
        void work() throws IOException;

        default CompletableFuture<String> future() {
            return CompletableFuture.completedFuture("narrower");
        }

        default void nothing() {}
    }

    @Test
    void fallbackOfANarrowerType_andOfNone_fit() throws IOException {
        Fitting guarded = Guards.protect(
                Fitting.class,
                new Fitting() {
                    @Override
                    public CompletionStage<Object> stage() {
                        return CompletableFuture.failedFuture(new IOException());
                    }

                    @Override
                    public void work() throws IOException {
                        throw new IOException();
                    }
                },
                ledger);
        assertThat(guarded.stage().toCompletableFuture()).isCompletedWithValue("narrower");
        guarded.work();
        assertThat(ledger.status().fallbacks()).isEqualTo(2);
    }

    @Guarded("counting")
    interface Counting {
        int count() throws IOException;

        String name() throws IOException;

        void work() throws IOException;
    }

    private static final class Broken implements Counting {
        private final IOException failure = new IOException("no route");

        @Override
        public int count() throws IOException {
            throw failure;
        }

        @Override
        public String name() throws IOException {
            throw failure;
        }

        @Override
        public void work() throws IOException {
            throw failure;
        }
    }

    /** What a policy's fallback gives is known only once it has. */
    @Test
    void policysFallbackOfAWrongType_leavesTheFailureAndGoesAlong() throws IOException {
        Object[] given = {"text"};
        Guard counting = guard(
                "counting",
                GuardPolicy.builder()
                        .breaker(CircuitBreakerPolicy.disabled())
                        .fallback(new Fallback("any", failure -> given[0]))
                        .build());
        Broken broken = new Broken();
        Counting guarded = Guards.protect(Counting.class, broken, counting);

        assertThat(guarded.name()).isEqualTo("text");
        guarded.work();
        assertThatThrownBy(guarded::count)
                .isSameAs(broken.failure)
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .singleElement()
                        .asString()
                        .contains("the fallback of the guard counting gave a java.lang.String where a int is wanted"));
        given[0] = 7;
        assertThat(guarded.count()).isEqualTo(7);
        assertThatThrownBy(guarded::name).isSameAs(broken.failure);
        given[0] = null;
        assertThat(guarded.name()).isNull();
        assertThatThrownBy(guarded::count).isSameAs(broken.failure);
    }

    @Test
    void nothing_isRefusedWhereSomethingIsNeeded() {
        assertThatThrownBy(() -> Guards.protect(null, new OfTheClass(), ledger))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("the interface to guard must not be null");
        assertThatThrownBy(() -> Guards.protect(Bare.class, new OfTheClass(), ledger, null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("a guard must not be null");
    }

    @Guarded("ledger")
    @Timeout("1s")
    interface Slow {
        String load();
    }

    /** Its thread is its caller's, so it cannot come back before the code does. */
    @Test
    void codeThatIgnoresItsInterrupt_returnsLate_asATimeout() {
        boolean[] wasInterrupted = new boolean[1];
        Slow guarded = Guards.protect(
                Slow.class,
                () -> {
                    time.advance(Duration.ofSeconds(10));
                    wasInterrupted[0] = Thread.currentThread().isInterrupted();
                    return "late";
                },
                ledger);
        assertThatThrownBy(guarded::load).hasMessageContaining("timed out after 1000 ms");
        assertThat(wasInterrupted[0]).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(Duration.ofNanos(time.nanoTime())).isEqualTo(Duration.ofSeconds(10));
    }
}
