package io.backstay.it.discovery;

import io.backstay.Backstay;
import io.backstay.CallException;
import io.backstay.InstanceStatus;
import io.backstay.ServiceClient;
import io.backstay.ServiceInstance;
import io.backstay.event.AttemptFailed;
import io.backstay.event.InstanceDown;
import io.backstay.localredis.Eventually;
import io.backstay.registry.Registry;
import io.backstay.spi.EndpointResolver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** One process that calls, on two threads and without end, and keeps a book of what comes of it. */
final class FleetCaller implements AutoCloseable {

    static final int THREADS = 2;
    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private final Backstay backstay;
    private final Registry registry;
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
    private final Queue<String> failedCalls = new ConcurrentLinkedQueue<>();
    private final Map<String, Queue<String>> failedAttempts = new ConcurrentHashMap<>();
    private final Set<String> calledDown = ConcurrentHashMap.newKeySet();
    private final AtomicInteger listsTold = new AtomicInteger();
    private final AtomicInteger emptyListsTold = new AtomicInteger();
    private volatile boolean closed;

    FleetCaller(Backstay.Builder process) {
        this.backstay = process.listener(AttemptFailed.class, this::failed)
                .listener(
                        InstanceDown.class,
                        down -> calledDown.add(down.instance().id()))
                .build();
        this.registry = backstay.extension(Registry.class);
        // As a client hears of them, each list and not only those that somebody happens to look at.
        EndpointResolver.Watch unused =
                registry.resolver().watch(FleetSettings.SERVICE, this::told).orElseThrow();
        ServiceClient client = backstay.client(FleetSettings.SERVICE);
        for (int i = 0; i < THREADS; i++) {
            threads.add(new Thread(() -> callOn(client), "caller"));
        }
    }

    private void told(List<ServiceInstance> instances) {
        listsTold.incrementAndGet();
        if (instances.isEmpty()) {
            emptyListsTold.incrementAndGet();
        }
    }

    /** Begins to call, once its client has been told whom. */
    void begin() {
        Eventually.holds(() -> !backstay.instances(FleetSettings.SERVICE).isEmpty());
        threads.forEach(Thread::start);
    }

    private void callOn(ServiceClient client) {
        while (!closed) {
            try {
                String answer = client.get(InstanceServer.WORK_PATH).execute().text();
                answers.computeIfAbsent(answer, id -> new AtomicInteger()).incrementAndGet();
            } catch (CallException e) {
                failedCalls.add(e + " " + e.details());
            }
            Eventually.pause(PAUSE_NANOS);
        }
    }

    private void failed(AttemptFailed failed) {
        failedAttempts
                .computeIfAbsent(failed.instance().id(), id -> new ConcurrentLinkedQueue<>())
                .add(failed.kind() + " at " + failed.at());
    }

    /** Whether it hears of the store, as far as it knows. */
    boolean hearsStore() {
        return backstay.stateStore().status().available() && registry.status().inStep();
    }

    boolean hasReadStore() {
        return registry.status().everRead();
    }

    /** How many entries of the store it cannot understand. */
    int damagedEntries() {
        return registry.status().damaged();
    }

    /** What it knows of the service's instances. */
    List<ServiceInstance> list() {
        return registry.discover(FleetSettings.SERVICE);
    }

    Optional<ServiceInstance> find(String id) {
        return list().stream().filter(instance -> instance.id().equals(id)).findFirst();
    }

    /** How an instance stands; nothing when it is not known. */
    Optional<InstanceStatus> standing(String id) {
        return find(id).map(ServiceInstance::status);
    }

    /** How many calls an instance has answered so far. */
    int answersOf(String id) {
        AtomicInteger count = answers.get(id);
        return count == null ? 0 : count.get();
    }

    int answers() {
        return answers.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /** How many lists of instances it was told as clients are. */
    int listsTold() {
        return listsTold.get();
    }

    /** How many of these were empty. */
    int emptyListsTold() {
        return emptyListsTold.get();
    }

    /** Calls that failed after all their attempts, since that was last forgotten. */
    List<String> failedCalls() {
        return List.copyOf(failedCalls);
    }

    void forgetFailedCalls() {
        failedCalls.clear();
    }

    /** Attempts that failed, by the id of the instance that was asked. */
    Map<String, Queue<String>> failedAttempts() {
        return failedAttempts;
    }

    /** The ids of instances of which it was ever told that they are down. */
    Set<String> calledDown() {
        return calledDown;
    }

    /** Calls no more, and waits for the last answer. */
    void end() throws InterruptedException {
        closed = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Override
    public void close() {
        closed = true;
        backstay.close();
    }
}
