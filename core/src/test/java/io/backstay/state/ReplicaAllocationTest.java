package io.backstay.state;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Reading a replica allocates nothing. */
@SuppressWarnings("ReferenceEquality")
class ReplicaAllocationTest {

    private static final int READS = 100_000;
    private static final long SLACK_BYTES = 20_000;

    private final ReplicaFixture fixture = new ReplicaFixture();

    @Test
    void lookUps() {
        String[] keys = new String[1_000];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "key" + i;
            fixture.table.put(keys[i], "value" + i);
        }
        TableReplica<String> replica = fixture.open().replica;
        long found = read(replica, keys);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        for (int i = 0; i < READS / keys.length; i++) {
            found += read(replica, keys);
        }

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(SLACK_BYTES);
        assertThat(found).isEqualTo((READS / keys.length + 1) * 2L * keys.length);
    }

    private static long read(TableReplica<String> replica, String[] keys) {
        long found = 0;
        for (String key : keys) {
            String value = replica.get(key);
            found += value != null && !replica.isStale(key) && replica.version(key) > 0 ? 1 : 0;
            found += replica.entries().get(key) == value ? 1 : 0;
        }
        return found;
    }
}
