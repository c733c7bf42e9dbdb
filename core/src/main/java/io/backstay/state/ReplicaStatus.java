package io.backstay.state;

import io.backstay.spi.TablePosition;
import java.time.Duration;

/**
 * How well a {@link TableReplica} knows its table.
 *
 * @param position how far it has come; {@link TablePosition#NONE} before it has read anything
 * @param inStep whether it holds what the table holds, as far as is known: the last it heard of the store was good, and nothing is
 *     left to be read. A store that goes away without a word is noticed at the next comparison.
 * @param age how long ago it was last known to be in step; since it was opened, where it never was
 * @param entries how many values it holds
 * @param stale how many of these the table is not known to hold still
 * @param damaged how many of the table's entries cannot be decoded
 * @param everRead whether it has read the whole table once; as long as it has not, what is missing here may be there
 */
public record ReplicaStatus(
        TablePosition position, boolean inStep, Duration age, int entries, int stale, int damaged, boolean everRead) {}
