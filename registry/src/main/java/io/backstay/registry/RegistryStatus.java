package io.backstay.registry;

import io.backstay.state.ReplicaStatus;
import java.time.Duration;

/**
 * How well a registry knows the store of its region.
 *
 * @param everRead whether it has read it once; as long as it has not, what is missing may be there
 * @param inStep whether it knows what the store holds, as far as is known: the store can be reached, and nothing is left to be read. A store
 *     that goes away without a word is noticed when it is next asked something: at the next renewal where something is registered here,
 *     within 36 s anyway
 * @param age how long ago it was last sure to; while it is in step, since it has last heard of the store
 * @param instances how many instances it knows of the store
 * @param damaged how many entries of the store cannot be understood, of instances and of what processes publish of their checks
 */
public record RegistryStatus(boolean everRead, boolean inStep, Duration age, int instances, int damaged) {

    static RegistryStatus of(Region region) {
        ReplicaStatus status = region.instances().status();
        return new RegistryStatus(
                status.everRead(),
                status.inStep() && region.store().status().available(),
                status.age(),
                status.entries(),
                region.damaged());
    }
}
