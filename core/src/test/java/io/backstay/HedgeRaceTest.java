package io.backstay;

import io.backstay.balance.InstanceState;
import io.backstay.event.AttemptFailed;
import io.backstay.event.AttemptStarted;
import io.backstay.event.CallSucceeded;
import io.backstay.spi.Balancer;
import io.backstay.spi.BalancerProvider;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import io.backstay.spi.VirtualTime;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What happens to a call in the very moment in which its hedge is being begun. */
class HedgeRaceTest {

    private static final Duration DELAY = Duration.ofMillis(50);
    private static final String ONE = "one:8001";
    private static final String TWO = "two:8002";

    private final VirtualTime time = new VirtualTime();
    private final List<Exchange> exchanges = new ArrayList<>();
    private final List<BackstayEvent> events = new ArrayList<>();
    private Runnable whilePicking = () -> {};
    private Runnable whilePreparing = () -> {};
    private final Backstay backstay = backstay(policy -> policy);
    private final ServiceClient users = backstay.client("users");

    /** An exchange that ends by hand, and need not heed that it is cancelled. */
    private static final class Exchange implements TransportCall {

        final CompletableFuture<TransportResponse> response = new CompletableFuture<>();
        boolean made;
        boolean cancelled;
        boolean deaf;

        @Override
        public TransportResponse execute() {
            throw new AssertionError("hedged calls are asynchronous");
        }

        @Override
        public CompletableFuture<TransportResponse> executeAsync() {
            made = true;
            return response;
        }

        @Override
        public void cancel() {
            cancelled = true;
            if (!deaf) {
                response.completeExceptionally(new ExchangeException(FailureKind.CANCELLED, true, "cancelled", null));
            }
        }

        void answer(String text) {
            response.complete(new TransportResponse(200, Headers.empty(), text.getBytes(StandardCharsets.UTF_8)));
        }

        void answer(ScriptedBody body) {
            response.complete(TransportResponse.streamed(200, Headers.empty(), body));
        }

        void fail() {
            response.completeExceptionally(
                    new ExchangeException(FailureKind.CONNECTION_LOST, true, "connection lost", null));
        }
    }

    private final class ByHand implements HttpTransport {

        @Override
        public Set<Capability> capabilities() {
            return Set.of();
        }

        @Override
        public TransportCall newCall(TransportRequest request) {
            Exchange exchange = new Exchange();
            exchanges.add(exchange);
            return exchange;
        }

        @Override
        public void close() {}
    }

    /** The first that is allowed; something may happen while it picks. */
    private final class Watched implements BalancerProvider {

        @Override
        public String name() {
            return "watched";
        }

        @Override
        public Balancer create(ProviderContext context) {
            return candidates -> request -> {
                whilePicking.run();
                int next = 0;
                while (next < candidates.size() - 1 && !request.allows(candidates.get(next))) {
                    next++;
                }
                return candidates.get(next);
            };
        }
    }

    private Backstay backstay(UnaryOperator<CallPolicy.Builder> more) {
        CallPolicy.Builder policy = CallPolicy.builder()
                .hedge(HedgePolicy.builder()
                        .fixedDelay(DELAY)
                        .budgetPercent(100)
                        .build())
                .rate(RatePolicy.builder().perSecond(1).burst(2).maxWaiting(0).build())
                .retry(RetryPolicy.never())
                .balancer("watched");
        return Backstay.builder()
                .virtualTime(time)
                .transport(new ByHand())
                .balancer(new Watched())
                .policy(more.apply(policy).build())
                .endpoint("users", URI.create("http://" + ONE), URI.create("http://" + TWO))
                .listener(BackstayEvent.class, events::add)
                .interceptor(new AttemptInterceptor() {
                    @Override
                    public Headers before(Attempt attempt, Headers headers) {
                        whilePreparing.run();
                        return headers;
                    }
                })
                .build();
    }

    private <E extends BackstayEvent> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private void assertThatNothingIsTaken(Backstay which) {
        assertThat(which.instances("users")).extracting(InstanceState::pending).containsOnly(0);
        assertThat(which.breaker("users").orElseThrow().status().counts().inFlight())
                .isZero();
        assertThat(time.pendingTasks()).isZero();
    }

    /** Of two tokens the call itself has used one. */
    private void assertThatOneTokenIsLeft() {
        whilePicking = () -> {};
        whilePreparing = () -> {};
        CompletableFuture<Result<String>> second = users.get("/second").resultAsync(String.class);
        CompletableFuture<Result<String>> third = users.get("/third").resultAsync(String.class);
        assertThat(second).isNotDone();
        assertThat(third.join()).isInstanceOf(Result.Failure.class);
        second.cancel(false);
    }

    @Test
    void primaryThatAnswersWhileItsHedgeIsBeingChosen_isTheOneThatTheCallTellsOf() {
        CompletableFuture<ServiceResponse> answer = users.get("/users").executeAsync();
        whilePicking = () -> exchanges.get(0).answer("first");

        time.advance(DELAY);

        assertThat(answer.join().instance().orElseThrow().address()).isEqualTo(ONE);
        assertThat(exchanges).as("the hedge is not even prepared").hasSize(1);
        assertThat(events(AttemptStarted.class)).hasSize(1);
        assertThat(events(CallSucceeded.class))
                .singleElement()
                .extracting(CallSucceeded::attempts)
                .isEqualTo(1);
        assertThatNothingIsTaken(backstay);
        assertThatOneTokenIsLeft();
    }

    @Test
    void primaryThatAnswersWhileItsHedgeIsBeingPrepared_leavesTheHedgeUnsent() {
        CompletableFuture<ServiceResponse> answer = users.get("/users").executeAsync();
        whilePreparing = () -> exchanges.get(0).answer("first");

        time.advance(DELAY);

        assertThat(answer.join().instance().orElseThrow().address()).isEqualTo(ONE);
        assertThat(exchanges).extracting(exchange -> exchange.made).containsExactly(true, false);
        assertThat(events(AttemptFailed.class))
                .singleElement()
                .extracting(AttemptFailed::kind)
                .isEqualTo(FailureKind.CANCELLED);
        assertThatNothingIsTaken(backstay);
        assertThatOneTokenIsLeft();
    }

    @Test
    void streamOfAPrimaryThatAnsweredWhileItsHedgeWasPrepared_isStillEndedWithItsCall() {
        ScriptedBody body = new ScriptedBody(time).silence();
        CompletableFuture<StreamedResponse> answer = users.get("/users").asAsync(StreamedResponse.class);
        whilePreparing = () -> exchanges.get(0).answer(body);
        time.advance(DELAY);
        assertThat(answer).isCompleted();

        time.advance(backstay.policy("users").deadline());

        assertThat(exchanges.get(0).cancelled).isTrue();
        assertThatNothingIsTaken(backstay);
    }

    @Test
    void headOfThePrimaryThatComesAfterItsHedgeHasWon_isLetGo() {
        ScriptedBody late = new ScriptedBody(time).silence();
        CompletableFuture<StreamedResponse> answer = users.get("/users").asAsync(StreamedResponse.class);
        exchanges.get(0).deaf = true;
        time.advance(DELAY);
        exchanges.get(1).answer(new ScriptedBody(time).piece(Duration.ZERO, "second"));

        exchanges.get(0).answer(late);

        assertThat(late.closed).isTrue();
        assertThat(answer.join().instance().orElseThrow().address()).isEqualTo(TWO);
        answer.join().close();
        assertThatNothingIsTaken(backstay);
    }

    @Test
    void callThatIsCancelledWhileItsHedgeIsBeingChosen_hasNone() {
        CompletableFuture<String> answer = users.get("/users").asAsync(String.class);
        whilePicking = () -> answer.cancel(false);

        time.advance(DELAY);

        assertThat(exchanges).hasSize(1);
        assertThatNothingIsTaken(backstay);
        assertThatOneTokenIsLeft();
    }

    @Test
    void callThatIsCancelledWhileItsHedgeIsBeingPrepared_sendsNoMore() {
        CompletableFuture<String> answer = users.get("/users").asAsync(String.class);
        exchanges.get(0).deaf = true;
        whilePreparing = () -> answer.cancel(false);

        time.advance(DELAY);

        assertThat(exchanges).extracting(exchange -> exchange.made).containsExactly(true, false);
        exchanges.get(0).answer("late");
        assertThatNothingIsTaken(backstay);
        assertThatOneTokenIsLeft();
    }

    @Test
    void primaryThatFailsWhileItsHedgeIsBeingPrepared_leavesTheCallToTheHedge() {
        CompletableFuture<ServiceResponse> answer = users.get("/users").executeAsync();
        whilePreparing = () -> exchanges.get(0).fail();
        time.advance(DELAY);

        exchanges.get(1).answer("second");

        assertThat(answer.join().instance().orElseThrow().address()).isEqualTo(TWO);
        assertThat(events(AttemptFailed.class))
                .as("what lost is told of as well")
                .singleElement()
                .extracting(AttemptFailed::number)
                .isEqualTo(1);
        assertThatNothingIsTaken(backstay);
    }

    @Test
    void hedgeThatFailsWhileThePrimaryRuns_isToldOf() {
        CompletableFuture<ServiceResponse> answer = users.get("/users").executeAsync();
        time.advance(DELAY);

        exchanges.get(1).fail();
        exchanges.get(0).answer("first");

        assertThat(answer.join().instance().orElseThrow().address()).isEqualTo(ONE);
        assertThat(events(AttemptFailed.class))
                .singleElement()
                .extracting(AttemptFailed::number)
                .isEqualTo(2);
        assertThatNothingIsTaken(backstay);
    }

    @Test
    void primaryThatFailsWhileItsHedgeIsRefused_failsTheCall() {
        CompletableFuture<Result<String>> first = users.get("/users").resultAsync(String.class);
        CompletableFuture<Result<String>> second = users.get("/users").resultAsync(String.class);
        exchanges.get(1).answer("second");
        time.advance(DELAY);
        assertThat(exchanges).as("there is no token for a hedge").hasSize(2);

        exchanges.get(0).fail();

        assertThat(first.join()).isInstanceOf(Result.Failure.class);
        assertThat(second.join()).isInstanceOf(Result.Success.class);
        assertThatNothingIsTaken(backstay);
    }

    @Test
    void hedgeThatWasNotSent_leavesItsPlaceInTheBudget() {
        Backstay tight = backstay(policy -> policy.rate(RatePolicy.unlimited())
                .hedge(HedgePolicy.builder().fixedDelay(DELAY).budgetPercent(50).build()));
        ServiceClient client = tight.client("users");
        CompletableFuture<String> first = client.get("/users").asAsync(String.class);
        CompletableFuture<String> second = client.get("/users").asAsync(String.class);
        exchanges.get(1).answer("second");
        whilePreparing = () -> exchanges.get(0).answer("first");
        time.advance(DELAY);
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        int before = exchanges.size();
        whilePreparing = () -> {};

        CompletableFuture<String> third = client.get("/users").asAsync(String.class);
        time.advance(DELAY);

        assertThat(exchanges).as("its hedge finds the budget whole").hasSize(before + 2);
        third.cancel(false);
        assertThatNothingIsTaken(tight);
    }
}
