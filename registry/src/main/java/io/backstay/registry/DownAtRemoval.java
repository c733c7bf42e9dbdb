package io.backstay.registry;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which instances of a region were down when they were removed, the last thousand of them. Who is alive all the same puts its entry back:
 * that is known by its owner, whom nobody else has. Used on the registry's serial executor only.
 */
final class DownAtRemoval {

    private static final int MOST = 1_000;

    private final Map<String, Long> owners = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST;
        }
    };

    void removed(Member member) {
        if (member.down && member.entry.owner() != InstanceEntry.NOBODY) {
            owners.remove(member.key);
            owners.put(member.key, member.entry.owner());
        }
    }

    /** Whether one that comes was down when it went; forgets it. */
    boolean comesBack(Member member) {
        Long owner = owners.remove(member.key);
        return owner != null && owner == member.entry.owner();
    }
}
