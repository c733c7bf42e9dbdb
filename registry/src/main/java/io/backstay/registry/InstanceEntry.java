package io.backstay.registry;

import io.backstay.ServiceInstance;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the shared table holds of an instance. Immutable; two are equal when nothing at all differs.
 *
 * @param owner a number of whoever registered it, made anew for each registration
 */
record InstanceEntry(ServiceInstance instance, long owner) {

    /** The owner of an entry that does not say who wrote it. */
    static final long NOBODY = 0;

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof InstanceEntry that && owner == that.owner && instance.hasSameStateAs(that.instance);
    }

    @Override
    public int hashCode() {
        return 31 * instance.hashCode() + Long.hashCode(owner);
    }

    /** The members of the entry's JSON. */
    Map<String, Object> members() {
        Map<String, Object> members = InstanceJson.members(instance);
        members.put("owner", Long.toHexString(owner));
        return members;
    }
}
