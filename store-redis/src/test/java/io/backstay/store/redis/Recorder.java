package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.spi.StateChange;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Keeps what a watcher is told. */
final class Recorder implements TableWatcher {

    private static final int PATIENCE_SECONDS = 15;

    final BlockingQueue<StateChange> changes = new LinkedBlockingQueue<>();
    final BlockingQueue<TablePosition> positions = new LinkedBlockingQueue<>();
    private final BlockingQueue<Boolean> connects = new LinkedBlockingQueue<>();

    @Override
    public void onChange(TablePosition position, List<StateChange> told) {
        changes.addAll(told);
        positions.add(position);
    }

    @Override
    public void onConnect() {
        connects.add(true);
    }

    /** Waits until it is told once more that the watch has begun. */
    void connected() throws InterruptedException {
        assertThat(connects.poll(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("the watch begins")
                .isNotNull();
    }

    /** The next change of a kind. */
    StateChange next(StateChange.Kind kind) throws InterruptedException {
        StateChange change = changes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        while (change != null && change.kind() != kind) {
            change = changes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(change).as("a change of the kind " + kind).isNotNull();
        return change;
    }

    /** Waits until it is told that the table has come to a position. */
    void hears(TablePosition position) {
        Eventually.holds(() -> positions.contains(position));
    }
}
