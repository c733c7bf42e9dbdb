package io.backstay.store.redis;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** One table: puts operations into the words of the scripts, and their answers back. */
final class RedisTable implements StateTable {

    /** A piece of a table, so that reading it holds the server for no more than a millisecond or so. */
    static final int MOST_READ = 512;

    private static final long MOST_OCTETS_READ = 256 << 10;

    private final String name;
    private final TableKeys keys;
    private final RedisStateStore store;
    private final Sweeper sweeper;
    private final List<Watching> watches = new CopyOnWriteArrayList<>();

    /** Held while a first watch comes or a last one goes, so that subscriptions follow in order. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Whether messages come, and whether watchers are still to be told of that: once what they then read can be had too. */
    private volatile boolean subscribed;

    /** Messages will not come, since the right to them is missing. */
    private volatile boolean deaf;

    private final AtomicBoolean untold = new AtomicBoolean();

    RedisTable(String name, TableKeys keys, RedisStateStore store) {
        this.name = name;
        this.keys = keys;
        this.store = store;
        this.sweeper = new Sweeper(this, store);
    }

    @Override
    public String name() {
        return name;
    }

    byte[] channel() {
        return keys.channel();
    }

    int slot() {
        return keys.slot();
    }

    boolean isWatched() {
        return !watches.isEmpty();
    }

    @Override
    public CompletionStage<Optional<StateEntry>> get(String key) {
        StateWrite.checkKey(key);
        return Stages.map(run(Script.GET, TableKeys.octets(key)), reply -> {
            List<?> found = answer(reply);
            if (Replies.text(found, 0).equals("none")) {
                return Optional.empty();
            }
            return Optional.of(new StateEntry(
                    key, Replies.octets(found, 1), Replies.number(found, 2), ScriptAnswers.lease(found, 3)));
        });
    }

    @Override
    public CompletionStage<StateWritten> apply(StateBatch batch) {
        Role role = batch.isDurable() ? Role.DURABLE : Role.COMMANDS;
        Call call = begin(Script.APPLY, role, ScriptArguments.apply(batch));
        return Stages.compose(call, reply -> {
            List<?> answer = answer(reply);
            StateWritten written = ScriptAnswers.written(answer, batch.writes().size());
            if (written.isApplied() && Replies.flag(answer, 4)) {
                store.unpublished(name);
            }
            boolean replicated = written.isApplied() && batch.isDurable() && Replies.flag(answer, 3);
            return replicated
                    ? Stages.map(store.awaitReplica(call), held -> written)
                    : CompletableFuture.completedFuture(written);
        });
    }

    @Override
    public CompletionStage<Set<String>> renew(Collection<StateLease> leases) {
        if (leases.size() > StateStore.MAX_BATCH_CHANGES) {
            throw new IllegalArgumentException(
                    leases.size() + " leases at once; allowed are " + StateStore.MAX_BATCH_CHANGES);
        }
        if (leases.isEmpty()) {
            return CompletableFuture.completedFuture(Set.of());
        }
        return Stages.map(run(Script.RENEW, ScriptArguments.renew(leases)), reply -> {
            List<?> answer = answer(reply);
            Set<String> lost = new HashSet<>();
            for (int i = 1; i < answer.size(); i++) {
                lost.add(Replies.text(answer, i));
            }
            return Set.copyOf(lost);
        });
    }

    @Override
    public CompletionStage<StateChanges> changesSince(TablePosition position, int limit) {
        if (limit < 1 || limit > StateStore.MAX_CHANGES_READ) {
            throw new IllegalArgumentException(
                    "the limit cannot be " + limit + "; allowed: from 1 to " + StateStore.MAX_CHANGES_READ);
        }
        Reader reader = Reader.at(position);
        Call call = run(
                Script.CHANGES,
                TableKeys.octets(reader.epoch()),
                ScriptArguments.number(reader.revision()),
                ScriptArguments.number(reader.began()),
                ScriptArguments.number(Math.min(limit, MOST_READ)),
                ScriptArguments.number(MOST_OCTETS_READ));
        return Stages.map(call, reply -> {
            StateChanges changes = ScriptAnswers.changes(answer(reply), reader);
            if (changes.reset() && !position.epoch().isEmpty()) {
                store.counts().resets.increment();
            }
            return changes;
        });
    }

    @Override
    public CompletionStage<TablePosition> position() {
        return Stages.map(run(Script.POSITION), reply -> ScriptAnswers.position(answer(reply), 1));
    }

    @Override
    public Watch watch(TableWatcher watcher) {
        Watching watching = new Watching(name, watcher, store.workers(), store.counts(), this::unwatch);
        lock.lock();
        try {
            if (store.isClosed()) {
                return watching;
            }
            watches.add(watching);
            if (watches.size() == 1) {
                store.listening().add(this);
            } else if (deaf || (subscribed && !untold.get())) {
                watching.connected();
            }
        } finally {
            lock.unlock();
        }
        sweeper.use();
        return watching;
    }

    private void unwatch(Watching watching) {
        lock.lock();
        try {
            if (watches.remove(watching) && watches.isEmpty()) {
                subscribed = false;
                store.listening().remove(this);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Messages come from now on. */
    void subscribed() {
        subscribed = true;
        deaf = false;
        untold.set(true);
        Stages.whenDone(store.reachable(slot()), (link, error) -> {
            if (error == null) {
                reachable();
            }
        });
    }

    /** No messages will come; the table can be read all the same. */
    void unheard() {
        deaf = true;
        anew();
    }

    /** No more messages come, for now. */
    void unsubscribed() {
        subscribed = false;
    }

    /** It can be read again. */
    void reachable() {
        if (subscribed && untold.compareAndSet(true, false)) {
            anew();
        }
    }

    /** It cannot be read; who has failed to must be told once it can be. */
    void unreachable() {
        untold.set(true);
    }

    /** Something may have been missed. */
    void anew() {
        watches.forEach(Watching::connected);
    }

    void changed(ChangeMessage message) {
        watches.forEach(watching -> watching.changed(message));
    }

    void close() {
        sweeper.close();
        watches.forEach(Watching::close);
    }

    /** Takes away what has expired; ends with what the script says of it. */
    CompletionStage<ScriptAnswers.Swept> sweep(boolean goOn) {
        return Stages.map(
                begin(Script.SWEEP, Role.COMMANDS, goOn ? ScriptArguments.YES : ScriptArguments.NO),
                reply -> ScriptAnswers.swept(answer(reply)));
    }

    private Call run(Script script, byte[]... arguments) {
        return begin(script, Role.COMMANDS, arguments);
    }

    private Call begin(Script script, Role role, byte[]... arguments) {
        if (script != Script.SWEEP) {
            sweeper.use();
        }
        byte[][] all = new byte[arguments.length + 1][];
        all[0] = keys.channel();
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return store.calls().call(Request.script(script, role, keys.slot(), keys.keys(), all));
    }

    private List<?> answer(List<Object> reply) {
        return ScriptAnswers.checked(name, reply);
    }

    @Override
    public String toString() {
        return "table " + name;
    }
}
