package io.backstay.balance;

import io.backstay.ServiceInstance;
import org.jspecify.annotations.Nullable;

/**
 * Where this process runs.
 *
 * @param zone null where that is not known; all zones are then alike
 * @param region likewise
 */
record Locality(@Nullable String zone, @Nullable String region) {

    static final Locality UNKNOWN = new Locality(null, null);

    /** How many kinds of near and far there are. */
    static final int DISTANCES = 3;

    /** 0 for the own zone, 1 for the own region, 2 for others. An instance that does not say its region is in the own one. */
    int distance(ServiceInstance instance) {
        String itsRegion = instance.region().orElse(null);
        if (region != null && itsRegion != null && !region.equals(itsRegion)) {
            return 2;
        }
        return zone == null || zone.equals(instance.zone().orElse(null)) ? 0 : 1;
    }
}
