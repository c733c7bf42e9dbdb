package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.VirtualTime;
import io.backstay.spi.Waiter;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A transport without a network. It answers by script, keeps what it was asked, and holds to the rest of a transport's
 * contract: timeout, cancelling, size limit, closing. Thread-safe, without threads of its own: on {@link VirtualTime} a
 * waiting caller moves time on, so that every run is the same and none takes any time.
 *
 * <pre>{@code
 * VirtualTime time = new VirtualTime();
 * FakeTransport transport = FakeTransport.on(time)
 *         .then(FakeAnswer.failure(FailureKind.CONNECT_FAILED))
 *         .then(FakeAnswer.status(503).after(Duration.ofMillis(20)))
 *         .always(FakeAnswer.ok("{}"));
 * }</pre>
 */
public final class FakeTransport implements HttpTransport {

    private final DelayScheduler scheduler;
    private final Waiter waiter;
    private final Queue<FakeAnswer> script = new ConcurrentLinkedQueue<>();
    private final List<TransportRequest> requests = new CopyOnWriteArrayList<>();
    private final Set<FakeTransportCall> running = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Function<TransportRequest, FakeAnswer> rule;
    private volatile boolean closed;

    private FakeTransport(DelayScheduler scheduler, Waiter waiter) {
        this.scheduler = scheduler;
        this.waiter = waiter;
    }

    /** A fake on virtual time. */
    public static FakeTransport on(VirtualTime time) {
        return new FakeTransport(time, time);
    }

    /** A fake on any timers and waits. */
    public static FakeTransport on(DelayScheduler scheduler, Waiter waiter) {
        return new FakeTransport(scheduler, waiter);
    }

    /** Answers the next request that no other answer is waiting for; each answer is given once, in order. */
    public FakeTransport then(FakeAnswer answer) {
        script.add(answer);
        return this;
    }

    /** Answers every request for which the script has nothing left. Replaces what was told before. */
    public FakeTransport always(FakeAnswer answer) {
        return answering(request -> answer);
    }

    /** Answers by a function where the script has nothing left. Replaces what was told before. */
    public FakeTransport answering(Function<TransportRequest, FakeAnswer> function) {
        this.rule = function;
        return this;
    }

    /** What was asked so far, in order, requests included that never left by their answer. A copy. */
    public List<TransportRequest> requests() {
        return List.copyOf(requests);
    }

    /** How many exchanges have begun and not ended. */
    public int running() {
        return running.size();
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public TransportCall newCall(TransportRequest request) {
        return new FakeTransportCall(this, request);
    }

    @Override
    public void close() {
        closed = true;
        running.forEach(FakeTransportCall::cancel);
    }

    DelayScheduler scheduler() {
        return scheduler;
    }

    Waiter waiter() {
        return waiter;
    }

    /**
     * Takes a request in and says what becomes of it.
     *
     * @throws ExchangeException when closed, or when there is neither script nor rule
     */
    FakeAnswer begin(FakeTransportCall call, TransportRequest request) throws ExchangeException {
        running.add(call);
        if (closed) {
            running.remove(call);
            throw new ExchangeException(FailureKind.CANCELLED, false, "the transport is closed", null);
        }
        requests.add(request);
        FakeAnswer next = script.poll();
        if (next != null) {
            return next;
        }
        Function<TransportRequest, FakeAnswer> function = rule;
        if (function == null) {
            running.remove(call);
            throw new ExchangeException(FailureKind.UNEXPECTED, false, "no answer is left for " + request, null);
        }
        return function.apply(request);
    }

    void ended(FakeTransportCall call) {
        running.remove(call);
    }
}
