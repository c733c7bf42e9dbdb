package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateWrite;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TablePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Some processes' worth of stores and replicas over one Redis, with changes made all the time, and somebody who looks all the time
 * whether a replica lacks what its owners keep, and how long operations take.
 */
final class StateFleet implements AutoCloseable {

    /** What a busy machine may add to a time. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(10).toNanos();

    private final List<Member> members = new ArrayList<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger written = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong longestNanos = new AtomicLong();
    private volatile boolean closed;
    private final Thread watcher;

    private StateFleet(List<String> uris, List<ProviderContext> contexts) {
        for (int i = 0; i < uris.size(); i++) {
            members.add(new Member("member" + i, uris.get(i), contexts.get(i)));
        }
        Eventually.holds(30, this::isWhole, () -> "the fleet never came about: " + describe());
        this.watcher = new Thread(this::look, "fleet-watcher");
        watcher.start();
    }

    /** Three members at one address. */
    static StateFleet at(String uri) {
        return at(uri, uri, uri);
    }

    /** A member at each of these addresses. */
    static StateFleet at(String... uris) {
        ProviderContext system = ProviderContext.system();
        return new StateFleet(
                List.of(uris), List.of(uris).stream().map(uri -> system).toList());
    }

    /** A member with each of these contexts. */
    static StateFleet with(String uri, List<ProviderContext> contexts) {
        return new StateFleet(contexts.stream().map(context -> uri).toList(), contexts);
    }

    List<Member> members() {
        return members;
    }

    Member first() {
        return members.get(0);
    }

    /** Whether every replica has every owner's entries, and every owner holds its own. */
    boolean isWhole() {
        return members.stream()
                .allMatch(member -> member.holdsAll()
                        && member.replica().status().inStep()
                        && lacks(member).isEmpty());
    }

    private List<String> lacks(Member member) {
        List<String> missing = new ArrayList<>();
        for (Member owner : members) {
            owner.keys().stream()
                    .filter(key -> member.replica().get(key) == null)
                    .forEach(missing::add);
        }
        return missing;
    }

    private void look() {
        for (int i = 0; !closed; i++) {
            for (Member member : members) {
                List<String> missing = lacks(member);
                if (!missing.isEmpty()) {
                    faults.add(member.keys().get(0) + " lacks " + missing);
                }
                looks.incrementAndGet();
            }
            if (i % 5 == 0) {
                write(members.get(i / 5 % members.size()), i);
            }
            Eventually.pause(LOOK_EVERY_NANOS);
        }
    }

    private void write(Member member, int number) {
        long begun = SystemTime.shared().nanoTime();
        StateWrite write = StateWrite.put("changing-" + number % 7, Member.octets("change " + number));
        member.table().apply(write).whenComplete((done, failure) -> {
            longestNanos.accumulateAndGet(SystemTime.shared().nanoTime() - begun, Math::max);
            if (failure == null) {
                written.incrementAndGet();
            } else if (failure instanceof StateStoreException) {
                refused.incrementAndGet();
            } else {
                faults.add("an operation failed by " + failure);
            }
        });
    }

    /** What the table holds, read past all replicas. */
    Map<String, String> truth() {
        Map<String, String> all = new HashMap<>();
        TablePosition from = TablePosition.NONE;
        StateChanges piece;
        do {
            piece = Eventually.get(first().table().changesSince(from, 1_000));
            if (piece.reset()) {
                all.clear();
            }
            for (StateChange change : piece.changes()) {
                byte[] value = change.value();
                if (value == null) {
                    all.remove(change.key());
                } else {
                    all.put(change.key(), new String(value, StandardCharsets.UTF_8));
                }
            }
            from = piece.position();
        } while (!piece.complete());
        return all;
    }

    /** Waits until the fleet is whole again: owners hold their entries, within two leases from now on, and replicas are in step. */
    void heals() {
        Eventually.holds(
                (int) Member.LEASE.multipliedBy(2).plus(SLACK).toSeconds(),
                this::isWhole,
                () -> "not whole after two leases: " + describe());
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (Member member : members) {
            text.append(member.store().status())
                    .append(", ")
                    .append(member.replica().status())
                    .append(", lacks ")
                    .append(lacks(member))
                    .append(member.holdsAll() ? "" : ", does not hold all of its own")
                    .append('\n');
        }
        return text.toString();
    }

    /** How many changes were made so far. */
    int changes() {
        return written.get();
    }

    /** Ends the changes and demands what must hold after any fault. */
    void demandThatNothingWasLost() throws InterruptedException {
        closed = true;
        watcher.join();
        Eventually.holds(
                10,
                () -> members.stream()
                        .allMatch(member -> new TreeMap<>(member.replica().entries()).equals(new TreeMap<>(truth()))),
                () -> "replicas are not what the table is: " + truth() + "\n" + describe());
        assertThat(faults).as("what replicas lacked at any moment").isEmpty();
        assertThat(looks.get()).as("looks").isGreaterThan(100);
        assertThat(Duration.ofNanos(longestNanos.get()))
                .as("the longest operation")
                .isLessThan(Member.COMMAND_TIMEOUT.plus(SLACK));
    }

    @Override
    public void close() {
        closed = true;
        members.forEach(Member::close);
    }
}
