package io.backstay.state;

import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateTable;
import io.backstay.spi.TablePosition;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether the store can be asked for anything: after a failure it is asked where the table is, with growing pauses, until it
 * answers. On the keeper's {@link SerialExecutor} alone.
 */
final class OwnOutage {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private final StateTable table;
    private final StateClocks clocks;
    private final Questions questions;
    private final OneTimer timer;
    private final Consumer<TablePosition> whenBack;
    private final Runnable whenStillAway;
    private final Pause pause = new Pause();
    private boolean away;
    private boolean asking;
    private boolean ended;
    private boolean told;
    /** Writes fail while all else goes well, as when the store is full; then only a write shortens the pauses again. */
    private boolean writesFail;

    private long sinceNanos;

    OwnOutage(
            StateTable table,
            StateClocks clocks,
            SerialExecutor serial,
            Questions questions,
            Consumer<TablePosition> whenBack,
            Runnable whenStillAway) {
        this.table = table;
        this.clocks = clocks;
        this.questions = questions;
        this.timer = new OneTimer(clocks, serial);
        this.whenBack = whenBack;
        this.whenStillAway = whenStillAway;
    }

    boolean isAway() {
        return away;
    }

    /** How long the last one has lasted, or the present one up to now. */
    long nanos() {
        return clocks.nanoTime() - sinceNanos;
    }

    void end() {
        ended = true;
        timer.cancel();
    }

    void onSuccess(boolean ofAWrite) {
        if (writesFail && !ofAWrite) {
            return;
        }
        writesFail = false;
        pause.reset();
        if (told) {
            told = false;
            LOG.info("[{}] own entries are kept in the store again", table.name());
        }
    }

    void onFailure(StateStoreException failure, boolean ofAWrite) {
        writesFail |= ofAWrite;
        whenStillAway.run();
        if (away || ended) {
            return;
        }
        away = true;
        sinceNanos = clocks.nanoTime();
        if (!told) {
            told = true;
            LOG.atWarn()
                    .addKeyValue("table", table.name())
                    .addKeyValue("reason", failure.reason())
                    .log("[{}] own entries cannot be kept in the store ({})", table.name(), failure.reason());
        }
        timer.set(this::ask, pause.next(clocks));
    }

    /** Asks now, unless that is being done. */
    void ask() {
        if (asking || ended || !away) {
            return;
        }
        asking = true;
        questions.ask(
                table::position,
                position -> {
                    asking = false;
                    away = false;
                    timer.cancel();
                    whenBack.accept(position);
                },
                failure -> {
                    asking = false;
                    whenStillAway.run();
                    if (!ended) {
                        timer.set(this::ask, pause.next(clocks));
                    }
                });
    }
}
