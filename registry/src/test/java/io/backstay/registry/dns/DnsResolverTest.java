package io.backstay.registry.dns;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** When DNS is asked, and what becomes of its answers, on virtual time. */
class DnsResolverTest {

    private final VirtualTime time = new VirtualTime();
    private final List<String> questions = new ArrayList<>();
    private final List<List<String>> told = new ArrayList<>();
    private CompletableFuture<DnsAnswer> a = found(30, "10.0.0.1");
    private CompletableFuture<DnsAnswer> aaaa = nothing();

    private static CompletableFuture<DnsAnswer> found(int ttl, String... addresses) {
        return CompletableFuture.completedFuture(new DnsAnswer(
                List.of(addresses).stream().map(DnsRecord::address).toList(), Duration.ofSeconds(ttl)));
    }

    private static CompletableFuture<DnsAnswer> nothing() {
        return CompletableFuture.completedFuture(DnsAnswer.nothing());
    }

    private static CompletableFuture<DnsAnswer> failed() {
        return CompletableFuture.failedFuture(new IOException("SERVFAIL"));
    }

    private DnsResolver resolver() {
        ProviderContext context =
                new ProviderContext(time, time, time, RandomSource.seeded(1), Runnable::run, name -> null);
        return DnsResolver.builder()
                .names(DnsName.hosts("{service}.prod", 80))
                .ipv6(true)
                .context(context)
                .build((name, kind) -> {
                    questions.add(kind + " " + name);
                    return kind == RecordKind.A ? a : aaaa;
                });
    }

    private void tell(List<ServiceInstance> instances) {
        told.add(instances.stream().map(ServiceInstance::host).toList());
    }

    private EndpointResolver.Watch watch(DnsResolver resolver) {
        return resolver.watch("users", this::tell).orElseThrow();
    }

    private int questionsWithin(Duration span) {
        questions.clear();
        time.advance(span);
        return questions.size();
    }

    @Test
    void bothKinds_areAskedOnce_whileTheTtlHolds() {
        watch(resolver());
        assertThat(questions).containsExactly("A users.prod", "AAAA users.prod");
        assertThat(told).containsExactly(List.of("10.0.0.1"));

        assertThat(questionsWithin(Duration.ofSeconds(26))).isZero();
        assertThat(questionsWithin(Duration.ofSeconds(4))).isEqualTo(2);
    }

    @Test
    void firstAnswer_isKnownOnceItWasTold_evenThatThereIsNothing() {
        a = new CompletableFuture<>();
        CompletableFuture<Void> known = watch(resolver()).whenKnown().toCompletableFuture();
        List<List<String>> toldByThen = new ArrayList<>();
        var unused = known.thenRun(() -> toldByThen.addAll(told));
        assertThat(known).isNotDone();

        a.complete(found(30, "10.0.0.1").join());
        assertThat(toldByThen).containsExactly(List.of("10.0.0.1"));

        a = nothing();
        assertThat(watch(resolver()).whenKnown().toCompletableFuture()).isDone();
    }

    @Test
    void failure_isNoFirstAnswer() {
        a = failed();
        CompletableFuture<Void> known = watch(resolver()).whenKnown().toCompletableFuture();
        assertThat(known).isNotDone();

        a = found(30, "10.0.0.1");
        time.advance(Duration.ofSeconds(1));

        assertThat(known).isDone();
    }

    @Test
    void sameAnswerInAnotherOrder_isNotTold() {
        a = found(1, "10.0.0.1", "10.0.0.2");
        watch(resolver());
        a = found(1, "10.0.0.2", "10.0.0.1");
        time.advance(Duration.ofSeconds(10));
        assertThat(told).containsExactly(List.of("10.0.0.1", "10.0.0.2"));
    }

    @Test
    void addressThatIsGone_isGone_whileOthersAreLeft() {
        a = found(1, "10.0.0.1", "10.0.0.2");
        watch(resolver());
        a = found(1, "10.0.0.2");
        time.advance(Duration.ofSeconds(1));
        assertThat(told).containsExactly(List.of("10.0.0.1", "10.0.0.2"), List.of("10.0.0.2"));
    }

    @Test
    void nothingAtAll_keepsWhatWasKnown_andIsAskedEverMoreSeldom() {
        a = found(1, "10.0.0.1");
        watch(resolver());
        a = nothing();
        int first = questionsWithin(Duration.ofSeconds(30));
        int later = questionsWithin(Duration.ofSeconds(30));
        assertThat(first).isBetween(8, 14);
        assertThat(later).isBetween(2, 4);
        assertThat(told).containsExactly(List.of("10.0.0.1"));
    }

    @Test
    void kindThatFails_staysAsItWas_besideOneThatAnswers() {
        a = found(1, "10.0.0.1");
        aaaa = found(1, "2001:db8::1");
        watch(resolver());
        aaaa = failed();
        a = found(1, "10.0.0.2");
        time.advance(Duration.ofSeconds(1));
        assertThat(told.get(told.size() - 1)).containsExactly("10.0.0.2", "[2001:db8::1]");
    }

    @Test
    void kindThatFailsForGood_doesNotKeepTheOtherLongerThanItsTtl() {
        a = found(1, "10.0.0.1");
        aaaa = failed();
        watch(resolver());
        time.advance(Duration.ofMinutes(5));
        a = found(1, "10.0.0.9");
        time.advance(Duration.ofSeconds(1));
        assertThat(told).containsExactly(List.of("10.0.0.1"), List.of("10.0.0.9"));
        a = found(1, "10.0.0.9");
        assertThat(questionsWithin(Duration.ofSeconds(10))).isBetween(18, 24);
    }

    @Test
    void kindThatFails_besideOneWithALongTtl_isAskedAgainSooner_everMoreSeldom() {
        a = found(300, "10.0.0.1");
        aaaa = failed();
        watch(resolver());
        int first = questionsWithin(Duration.ofSeconds(30));
        assertThat(first).isBetween(8, 14);
        assertThat(questionsWithin(Duration.ofSeconds(30))).isBetween(2, 4);
        aaaa = found(300, "2001:db8::1");
        time.advance(Duration.ofSeconds(30));
        assertThat(told.get(told.size() - 1)).containsExactly("10.0.0.1", "[2001:db8::1]");
    }

    @Test
    void kindThatIsAnsweredEmpty_isGone_besideOneThatHasRecords() {
        a = found(1, "10.0.0.1");
        aaaa = found(1, "2001:db8::1");
        watch(resolver());
        a = nothing();
        time.advance(Duration.ofSeconds(1));
        assertThat(told.get(told.size() - 1)).containsExactly("[2001:db8::1]");
    }

    @Test
    void failureAtTheStart_tellsNothing_untilThereIsSomething() {
        a = failed();
        watch(resolver());
        time.advance(Duration.ofSeconds(5));
        assertThat(told).isEmpty();
        a = found(1, "10.0.0.1");
        time.advance(Duration.ofSeconds(30));
        assertThat(told).containsExactly(List.of("10.0.0.1"));
    }

    @Test
    void hugeAndTinyTtl_areBounded() {
        a = found(1_000_000, "10.0.0.1");
        watch(resolver());
        assertThat(questionsWithin(Duration.ofMinutes(5))).isEqualTo(2);
        a = found(0, "10.0.0.1");
        time.advance(Duration.ofMinutes(5));
        assertThat(questionsWithin(Duration.ofSeconds(10))).isBetween(18, 24);
    }

    @Test
    void secondListener_isToldAtOnce_withoutAnotherQuestion() {
        DnsResolver resolver = resolver();
        watch(resolver);
        questions.clear();
        watch(resolver);
        assertThat(told).hasSize(2);
        assertThat(questions).isEmpty();
    }

    @Test
    void lastListenerGone_endsTheQuestions() {
        a = found(1, "10.0.0.1");
        DnsResolver resolver = resolver();
        EndpointResolver.Watch first = watch(resolver);
        EndpointResolver.Watch second = resolver.watch("users", instances -> {}).orElseThrow();
        first.close();
        assertThat(questionsWithin(Duration.ofSeconds(5))).isPositive();
        second.close();
        assertThat(questionsWithin(Duration.ofMinutes(5))).isZero();
    }

    @Test
    void listenerThatThrows_doesNotEndTheQuestions() {
        a = found(1, "10.0.0.1");
        resolver().watch("users", instances -> {
            throw new IllegalStateException("of the test");
        });
        assertThat(questionsWithin(Duration.ofSeconds(5))).isPositive();
    }

    @Test
    void clientThatThrows_isAskedAgain() {
        int[] asked = {0};
        DnsResolver broken = DnsResolver.builder()
                .names(DnsName.hosts("{service}.prod", 80))
                .ipv6(false)
                .context(new ProviderContext(time, time, time, RandomSource.seeded(1), Runnable::run, name -> null))
                .build((name, kind) -> {
                    if (++asked[0] < 3) {
                        throw new IllegalStateException("of the test");
                    }
                    return a;
                });
        broken.watch("users", this::tell);
        time.advance(Duration.ofSeconds(10));
        assertThat(told).containsExactly(List.of("10.0.0.1"));
    }

    @Test
    void closing_endsEverything() {
        DnsResolver resolver = resolver();
        watch(resolver);
        resolver.close();
        assertThat(time.pendingTasks()).isZero();
        assertThat(resolver.watch("users", this::tell)).isEmpty();
    }

    @Test
    void serviceWithoutAName_isNotKnown() {
        DnsResolver one = DnsResolver.builder()
                .service("users", DnsName.hosts("users.prod", 80))
                .build((name, kind) -> a);
        assertThat(one.watch("orders", this::tell)).isEmpty();
        assertThat(one.watch("users", this::tell)).isPresent();
    }

    @Test
    void wrongNamesPortsAndBounds_areRefused() {
        assertThatThrownBy(() -> DnsName.hosts("a b", 80)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> DnsName.hosts("a".repeat(254), 80)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> DnsName.hosts("a\n", 80)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> DnsName.hosts("a", 0)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> DnsName.services("a").basePath("x")).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> DnsResolver.builder().ttl(Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> DnsResolver.builder().timeout(Duration.ofMinutes(2)))
                .isInstanceOf(ConfigurationException.class);
    }
}
