package io.backstay.state;

import io.backstay.state.ReplicaChange.Cause;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is told of a replica's changes. Called by one thread at a time; removing one is allowed at any time. */
final class ReplicaListeners<T> {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private final String table;
    private final List<ReplicaListener<T>> all = new CopyOnWriteArrayList<>();

    ReplicaListeners(String table) {
        this.table = table;
    }

    /** Tells one that comes late what it has missed; it is told of everything from then on. */
    void add(ReplicaListener<T> listener, Map<String, Kept<T>> present, ReplicaStatus status) {
        present.forEach((key, kept) ->
                isolated(() -> listener.onChange(new ReplicaChange<>(key, null, kept.value(), Cause.PUT))));
        if (status.inStep()) {
            isolated(() -> listener.onStatus(status));
        }
        all.add(listener);
    }

    void remove(ReplicaListener<T> listener) {
        all.remove(listener);
    }

    void onChange(ReplicaChange<T> change) {
        for (ReplicaListener<T> listener : all) {
            isolated(() -> listener.onChange(change));
        }
    }

    void onStatus(ReplicaStatus status) {
        for (ReplicaListener<T> listener : all) {
            isolated(() -> listener.onStatus(status));
        }
    }

    private void isolated(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            LOG.error("[{}] a listener of a replica failed", table, e);
        }
    }
}
