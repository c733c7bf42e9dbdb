package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.BreakerStateChanged;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A Backstay on virtual time with one service, "users", at two instances. */
final class Fixture {

    final VirtualTime time = new VirtualTime();
    final ScriptedTransport transport;
    final List<BackstayEvent> events = new ArrayList<>();
    final Backstay backstay;
    final ServiceClient users;

    Fixture(CallPolicy policy, Step... steps) {
        this(policy, builder -> builder, steps);
    }

    Fixture(CallPolicy policy, UnaryOperator<Backstay.Builder> more, Step... steps) {
        this.transport = new ScriptedTransport(time, steps);
        this.backstay = more.apply(Backstay.builder()
                        .virtualTime(time)
                        .randomSource(RandomSource.seeded(7))
                        .transport(transport)
                        .policy(policy)
                        .endpoint("users", URI.create("http://one:8001"), URI.create("http://two:8002/base"))
                        .listener(BackstayEvent.class, events::add))
                .build();
        this.users = backstay.client("users");
    }

    static Fixture answering(Step... steps) {
        return new Fixture(noBreaker().build(), steps);
    }

    /** Instances in turn, from the first: which one is asked is no matter of chance. */
    static CallPolicy.Builder noBreaker() {
        return CallPolicy.builder().breaker(CircuitBreakerPolicy.disabled()).balancer(BalancePolicy.ROUND_ROBIN);
    }

    static CallPolicy retrying(int attempts, Duration delay) {
        return noBreaker()
                .retry(RetryPolicy.builder()
                        .maxAttempts(attempts)
                        .backoff(Backoff.fixed(delay))
                        .build())
                .build();
    }

    <E extends BackstayEvent> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<String> breakerChanges() {
        return events(BreakerStateChanged.class).stream()
                .map(change -> change.from() + "->" + change.to())
                .toList();
    }

    Duration elapsed() {
        return Duration.ofNanos(time.nanoTime());
    }
}
