package io.backstay.it.discovery;

import io.backstay.Backstay;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.localredis.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A service with steady instances that never fail, callers that never stop calling it, and somebody who looks every 10 ms whether a
 * caller's list is empty or lacks one of the steady ones. Tests add what breaks, and demand in the end that nobody else suffered.
 */
final class ServiceFleet implements AutoCloseable {

    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(10).toNanos();
    private static final int CALLERS = 2;
    /** So many answers, and looks at the lists, tell something. */
    private static final int ENOUGH = 50;
    /** So many of each caller in some seconds are more than the calls that an instance is tried by. */
    private static final int ITS_SHARE = 30;

    private final List<FleetCaller> callers = new ArrayList<>();
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final List<AutoCloseable> guests = new ArrayList<>();
    private final Set<String> steady = ConcurrentHashMap.newKeySet();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger looks = new AtomicInteger();
    private final Thread looker = new Thread(this::look, "fleet-looker");
    private volatile boolean closed;

    private final Supplier<Backstay.Builder> callerSettings;

    private ServiceFleet(Supplier<Backstay.Builder> callerSettings, List<Host> hosts) {
        this.callerSettings = callerSettings;
        for (Host host : hosts) {
            host.ids().forEach(id -> this.hosts.put(id, host));
            steady.addAll(host.ids());
        }
        for (int i = 0; i < CALLERS; i++) {
            callers.add(new FleetCaller(callerSettings.get()));
        }
        Eventually.holds(30, this::isWhole, () -> "the fleet never came about: " + describe());
        looker.start();
        callers.forEach(FleetCaller::begin);
        awaitAnswers(ENOUGH);
    }

    /** A host for each id and two callers, all with one Redis. */
    static ServiceFleet at(String redis, String... ids) {
        return between(redis, redis, ids);
    }

    /** The same where hosts and callers reach their Redis in different ways. */
    static ServiceFleet between(String hostsRedis, String callersRedis, String... ids) {
        List<Host> hosts = new ArrayList<>();
        for (String id : ids) {
            hosts.add(Host.of(FleetSettings.process(hostsRedis), id));
        }
        return new ServiceFleet(() -> FleetSettings.process(callersRedis), hosts);
    }

    /** Callers set up so, and one host of all steady instances, which ends with the fleet. */
    static ServiceFleet of(Supplier<Backstay.Builder> callers, Host host) {
        return new ServiceFleet(callers, List.of(host));
    }

    /** Ends it with the fleet. */
    <T extends AutoCloseable> T add(T guest) {
        guests.add(guest);
        return guest;
    }

    /** A steady instance's host. */
    Host host(String id) {
        return hosts.get(id);
    }

    List<FleetCaller> callers() {
        return callers;
    }

    FleetCaller caller() {
        return callers.get(0);
    }

    private void look() {
        while (!closed) {
            for (FleetCaller caller : callers) {
                List<ServiceInstance> list = caller.list();
                if (list.isEmpty()) {
                    faults.add("an empty list");
                }
                Set<String> missing = new TreeSet<>(steady);
                list.forEach(instance -> missing.remove(instance.id()));
                if (!missing.isEmpty()) {
                    faults.add("a list without " + missing);
                }
                looks.incrementAndGet();
            }
            Eventually.pause(LOOK_EVERY_NANOS);
        }
    }

    /** Whether the store has every steady instance, as far as hosts know, and every caller sees it up. */
    boolean isWhole() {
        return hosts.values().stream().allMatch(Host::isRegistered)
                && callers.stream().allMatch(caller -> caller.hearsStore() && seesAllUp(caller));
    }

    private boolean seesAllUp(FleetCaller caller) {
        return steady.stream().allMatch(id -> caller.standing(id).equals(Optional.of(InstanceStatus.UP)));
    }

    /** Waits until the fleet is whole again and somebody who comes now finds all of it, two leases at most. */
    void heals() {
        try (FleetCaller newcomer = new FleetCaller(callerSettings.get())) {
            Eventually.holds(
                    (int) FleetSettings.LEASE.multipliedBy(2).plusSeconds(1).toSeconds(),
                    () -> isWhole() && newcomer.hearsStore() && seesAllUp(newcomer),
                    () -> "not whole after two leases: " + describe() + "\na newcomer finds " + newcomer.list());
        }
    }

    /** Waits until every caller sees instances so. */
    void awaitStanding(Predicate<Optional<InstanceStatus>> wanted, Duration within, String... ids) {
        Eventually.holds(
                (int) within.toSeconds(),
                () -> callers.stream()
                        .allMatch(caller -> List.of(ids).stream().allMatch(id -> wanted.test(caller.standing(id)))),
                () -> "not so within " + within + ": " + describe());
    }

    /** Waits until every caller sees instances up. */
    void awaitUp(String... ids) {
        awaitStanding(Optional.of(InstanceStatus.UP)::equals, Duration.ofSeconds(15), ids);
    }

    /** Waits until no caller lists instances any more. */
    void awaitGone(Duration within, String... ids) {
        awaitStanding(Optional::isEmpty, within, ids);
    }

    /** Demands that every caller knows of a crash that has just been within a lease and a second. */
    void demandThatCrashIsSeen(String... ids) {
        awaitStanding(standing -> !standing.equals(Optional.of(InstanceStatus.UP)), FleetSettings.CRASH_SEEN, ids);
    }

    /** Waits until each of these has answered each caller once more. */
    void awaitAnswersOf(String... ids) {
        awaitAnswersOf(1, ids);
    }

    /** Waits until each of these is called by each caller as one that is well, and not only tried. */
    void awaitShareOf(String... ids) {
        awaitAnswersOf(ITS_SHARE, ids);
    }

    private void awaitAnswersOf(int count, String... ids) {
        for (FleetCaller caller : callers) {
            for (String id : ids) {
                int before = caller.answersOf(id);
                Eventually.holds(
                        20,
                        () -> caller.answersOf(id) >= before + count,
                        () -> id + " is not called by everybody: " + describe());
            }
        }
    }

    int answersOf(String id) {
        return callers.stream().mapToInt(caller -> caller.answersOf(id)).sum();
    }

    /** Demands that from now on, while so many calls are made, none of these is called. */
    void demandNoMoreAnswersOf(String... ids) {
        int before = Stream.of(ids).mapToInt(this::answersOf).sum();
        awaitAnswers(100);
        assertThat(Stream.of(ids).mapToInt(this::answersOf).sum())
                .as("answers of " + List.of(ids))
                .isEqualTo(before);
    }

    /** Demands that none of these was called so far. */
    void demandNoAnswersOf(String... ids) {
        assertThat(List.of(ids))
                .allSatisfy(id -> assertThat(answersOf(id)).as(id).isZero());
    }

    int answers() {
        return callers.stream().mapToInt(FleetCaller::answers).sum();
    }

    /** Waits until callers have had so many more answers, whoever gave them. */
    void awaitAnswers(int count) {
        int before = answers();
        Eventually.holds(30, () -> answers() >= before + count, () -> "calls stand still: " + describe());
    }

    /**
     * Ends the calls, and demands what must hold after any fault: no caller ever had an empty list or one without a steady instance, no
     * call failed, and none but these lost an attempt or was called down.
     */
    void demandThatNobodySufferedBut(String... broken) throws InterruptedException {
        closed = true;
        looker.join();
        for (FleetCaller caller : callers) {
            caller.end();
        }
        assertThat(looks.get()).as("looks").isGreaterThan(ENOUGH);
        assertThat(answers()).as("answers").isGreaterThan(ENOUGH);
        assertThat(faults.stream().distinct().toList())
                .as("what lists lacked at any moment")
                .isEmpty();
        for (FleetCaller caller : callers) {
            assertThat(caller.listsTold()).as("lists told to clients").isPositive();
            assertThat(caller.emptyListsTold()).as("empty ones").isZero();
            assertThat(caller.failedCalls()).as("calls that failed").isEmpty();
            assertThat(caller.failedAttempts())
                    .as("attempts that failed")
                    .allSatisfy((id, attempts) -> assertThat(broken).contains(id));
            assertThat(caller.calledDown()).as("called down").isSubsetOf(broken);
        }
    }

    /**
     * Demands that each caller lost no more than so many calls up to now, and excuses those: nobody could know better yet.
     */
    void demandThatLostCallsAreAtMost(int each) {
        for (FleetCaller caller : callers) {
            assertThat(caller.failedCalls()).as("calls lost").hasSizeLessThanOrEqualTo(each);
            caller.forgetFailedCalls();
        }
    }

    /** How many attempts at an instance have failed so far, of all callers together. */
    int failedAttemptsAt(String id) {
        return callers.stream()
                .map(caller -> caller.failedAttempts().get(id))
                .mapToInt(attempts -> attempts == null ? 0 : attempts.size())
                .sum();
    }

    /** For what a test has to say when it fails. */
    private String describe() {
        return callers.stream()
                .map(caller -> (caller.hearsStore() ? "" : "without its store, ") + caller.list() + ", failed: "
                        + caller.failedCalls() + ", attempts: "
                        + caller.failedAttempts().keySet())
                .collect(Collectors.joining("\n", "\n", ""));
    }

    @Override
    public void close() throws Exception {
        closed = true;
        callers.forEach(FleetCaller::close);
        for (AutoCloseable guest : guests) {
            guest.close();
        }
        for (Host host : Set.copyOf(hosts.values())) {
            host.close();
        }
    }
}
