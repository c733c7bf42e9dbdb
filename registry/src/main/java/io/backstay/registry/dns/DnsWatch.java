package io.backstay.registry.dns;

import io.backstay.ServiceInstance;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What DNS says of one service, asked again as its answers grow old. What was once known stays when DNS answers nothing or fails, and is
 * asked for again soon, ever more seldom. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class DnsWatch {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry.dns");
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);
    /** Processes that began together do not ask together for ever. */
    private static final double JITTER = 0.1;

    /** How one round of questions ended. */
    private record Round(
            Map<RecordKind, DnsAnswer> answers, @Nullable Throwable failure) {}

    private final String service;
    private final DnsName name;
    private final List<RecordKind> kinds;
    private final DnsClient client;
    private final ProviderContext context;
    private final TtlBounds bounds;
    private final List<InstanceListener> listeners = new CopyOnWriteArrayList<>();
    /** In which answers are taken in and told, so that lists are told in the order in which they came to be. */
    private final SerialExecutor turns;

    private final CompletableFuture<Void> answered = new CompletableFuture<>();

    private final Map<RecordKind, List<DnsRecord>> records = new EnumMap<>(RecordKind.class);
    private volatile @Nullable List<ServiceInstance> known;
    private @Nullable Cancellable next;
    private int failures;
    private volatile boolean closed;

    DnsWatch(
            String service,
            DnsName name,
            List<RecordKind> kinds,
            DnsClient client,
            ProviderContext context,
            TtlBounds bounds) {
        this.service = service;
        this.name = name;
        this.kinds = kinds;
        this.client = client;
        this.context = context;
        this.bounds = bounds;
        this.turns = new SerialExecutor(e -> LOG.error("[{}] a step of DNS failed", service, e));
    }

    void add(InstanceListener listener) {
        listeners.add(listener);
    }

    /** Now, on this thread, even while an answer is being told; what that has changed is told again after it. */
    @SuppressWarnings("ReferenceEquality")
    void tellWhatIsKnown(InstanceListener listener) {
        List<ServiceInstance> present = known;
        if (present == null) {
            return;
        }
        tell(listener, present);
        turns.execute(() -> {
            List<ServiceInstance> now = known;
            if (now != null && now != present) {
                tell(listener, now);
            }
        });
    }

    /** Done when DNS has answered for the first time, that there is nothing included, or this is closed. Failing is no answer. */
    CompletionStage<Void> whenAnswered() {
        return answered;
    }

    /** Whether anybody is left who listens. */
    boolean forget(InstanceListener listener) {
        listeners.remove(listener);
        return !listeners.isEmpty();
    }

    /** Asks now. */
    void ask() {
        if (closed) {
            return;
        }
        Map<RecordKind, CompletableFuture<DnsAnswer>> asked = new EnumMap<>(RecordKind.class);
        String question = name.of(service);
        for (RecordKind kind : kinds) {
            asked.put(kind, ask(question, kind));
        }
        CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
                .whenComplete((all, failure) -> turns.execute(() -> settle(round(asked))));
    }

    /** A client that throws has failed like any other. */
    private CompletableFuture<DnsAnswer> ask(String question, RecordKind kind) {
        try {
            return client.ask(question, kind).toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Round round(Map<RecordKind, CompletableFuture<DnsAnswer>> asked) {
        Map<RecordKind, DnsAnswer> answers = new EnumMap<>(RecordKind.class);
        Throwable failure = null;
        for (Map.Entry<RecordKind, CompletableFuture<DnsAnswer>> each : asked.entrySet()) {
            try {
                answers.put(each.getKey(), each.getValue().join());
            } catch (RuntimeException e) {
                failure = e.getCause() != null ? e.getCause() : e;
            }
        }
        return new Round(answers, failure);
    }

    private void settle(Round round) {
        if (closed) {
            return;
        }
        boolean found = round.answers().values().stream()
                .anyMatch(answer -> !answer.records().isEmpty());
        if (found) {
            take(round.answers());
        }
        if (found || round.failure() == null) {
            answered.complete(null);
        }
        if (found && round.failure() == null) {
            failures = 0;
            askIn(bounds.bound(leastTtl(round.answers())));
        } else {
            complain(round.failure());
            failures++;
            askIn(found ? shorter(bounds.bound(leastTtl(round.answers())), retryDelay()) : retryDelay());
        }
    }

    /** Of a name of which one kind is never answered, the other grows old all the same. */
    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** A kind that was answered is as told; one that failed stays as it was. */
    private void take(Map<RecordKind, DnsAnswer> answers) {
        answers.forEach((kind, answer) -> records.put(kind, answer.records()));
        List<DnsRecord> all = new ArrayList<>();
        records.values().forEach(all::addAll);
        List<ServiceInstance> now = DnsInstances.of(service, name, all);
        if (now.isEmpty() || isSame(now)) {
            return;
        }
        known = now;
        for (InstanceListener listener : listeners) {
            tell(listener, now);
        }
    }

    private void tell(InstanceListener listener, List<ServiceInstance> now) {
        try {
            listener.onInstances(now);
        } catch (RuntimeException | Error e) {
            LOG.error("[{}] a listener of instances failed", service, e);
        }
    }

    private boolean isSame(List<ServiceInstance> now) {
        List<ServiceInstance> before = known;
        if (before == null || before.size() != now.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            if (!before.get(i).hasSameStateAs(now.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static Duration leastTtl(Map<RecordKind, DnsAnswer> answers) {
        return answers.values().stream()
                .filter(answer -> !answer.records().isEmpty())
                .map(DnsAnswer::ttl)
                .min(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    private Duration retryDelay() {
        Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
        return shorter(doubled, LAST_RETRY);
    }

    private void complain(@Nullable Throwable failure) {
        if (failures == 0) {
            String kept = known == null ? "nothing is known yet" : "the " + known.size() + " known ones are kept";
            LOG.warn(
                    "[{}] DNS {}: {}",
                    service,
                    failure == null ? "knows nothing of " + name.of(service) : "failed, " + failure.getMessage(),
                    kept);
        }
    }

    private void askIn(Duration delay) {
        double shorter = 1 - JITTER * context.random().nextDouble();
        next = context.scheduler().schedule(this::ask, Duration.ofNanos((long) (delay.toNanos() * shorter)));
    }

    /** Waits for nobody: one more list may be on its way. */
    void close() {
        closed = true;
        answered.complete(null);
        turns.execute(() -> {
            if (next != null) {
                next.cancel();
            }
        });
    }
}
