package io.backstay.state;

import io.backstay.spi.RandomSource;
import io.backstay.spi.StateEntry;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A replica of texts over a scripted table; a text that begins with "!" cannot be decoded. */
final class ReplicaFixture {

    static final Duration LEASE = Duration.ofSeconds(15);

    final VirtualTime time = new VirtualTime();
    final ScriptedTable table = new ScriptedTable(time);
    final List<String> told = new ArrayList<>();
    final List<Boolean> steps = new ArrayList<>();
    TableReplica<String> replica;

    ReplicaFixture open() {
        return open(builder -> builder);
    }

    ReplicaFixture open(UnaryOperator<TableReplica.Builder<String>> more) {
        replica = more.apply(TableReplica.of(table, ReplicaFixture::decode)
                        .clocks(time, time, RandomSource.seeded(1))
                        .listener(listener(told, steps)))
                .open();
        return this;
    }

    static String decode(StateEntry entry) {
        String text = ScriptedTable.text(entry.value());
        if (text.startsWith("!")) {
            throw new IllegalArgumentException("secret " + text);
        }
        return text;
    }

    static ReplicaListener<String> listener(List<String> told, List<Boolean> steps) {
        return new ReplicaListener<>() {
            @Override
            public void onChange(ReplicaChange<String> change) {
                told.add(change.cause() + " " + change.key() + " " + change.oldValue() + "->" + change.newValue());
            }

            @Override
            public void onStatus(ReplicaStatus status) {
                steps.add(status.inStep());
            }
        };
    }

    Map<String, String> values() {
        return new TreeMap<>(replica.entries());
    }

    /** What has been told since this was asked last. */
    List<String> told() {
        List<String> all = List.copyOf(told);
        told.clear();
        return all;
    }

    long reads() {
        return table.count("read");
    }

    void advance(Duration duration) {
        time.advance(duration);
    }

    /** Lets time pass in which the owners of these keys renew their leases. */
    void advanceRenewing(Duration duration, String... keys) {
        Duration step = LEASE.dividedBy(3);
        for (Duration left = duration; !left.isNegative() && !left.isZero(); left = left.minus(step)) {
            if (!table.away) {
                for (String key : keys) {
                    table.renew(key);
                }
            }
            time.advance(left.compareTo(step) < 0 ? left : step);
        }
    }
}
