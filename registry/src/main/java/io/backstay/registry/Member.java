package io.backstay.registry;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import org.jspecify.annotations.Nullable;

/** An instance as the registry knows it. Touched on the registry's serial executor only. There may be a hundred thousand of these. */
@SuppressWarnings("ReferenceEquality")
final class Member {

    final String key;
    final Region region;
    InstanceEntry entry;
    /** The instance with the status that follows from everything. */
    ServiceInstance shown;
    /** What is kept of its checks, where this process looks at it. */
    @Nullable
    Checked checked;
    /** Its lease has run out, or the store has lost it. */
    boolean suspect;
    /** It is suspect, but checks that were made since pass, or did when it became so. */
    boolean answers;
    /** Checks say so, those of this process or of others. */
    boolean down;
    /** Its place in its service's list. */
    int slot;

    Member(String key, Region region, InstanceEntry entry) {
        this.key = key;
        this.region = region;
        this.entry = entry;
        this.shown = entry.instance();
    }

    /** What processes call it, as it is registered now, when they tell each other of it. */
    String registration() {
        return InstanceEntries.registration(key, entry.owner());
    }

    String service() {
        return entry.instance().service();
    }

    /** It has been heard of, or is no longer known. */
    void clearSuspicion() {
        if (suspect) {
            suspect = false;
            answers = false;
            region.suspicions.remove(this);
        }
    }

    /**
     * Lets the shown instance follow from everything: failed checks are the strongest word, then what the instance says of itself, then its
     * lease.
     *
     * @return whether it is another one now
     */
    boolean show() {
        ServiceInstance told = entry.instance();
        InstanceStatus status = told.status();
        if (down) {
            status = InstanceStatus.DOWN;
        } else if (suspect && status != InstanceStatus.DOWN) {
            status = InstanceStatus.SUSPECT;
        }
        ServiceInstance now = told.withStatus(status);
        if (now == shown || now.hasSameStateAs(shown)) {
            return false;
        }
        shown = now;
        return true;
    }

    @Override
    public String toString() {
        return key;
    }
}
