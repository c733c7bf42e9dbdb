package io.backstay.testkit;

import io.backstay.internal.state.MemoryStateStore;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;

/** The store in memory as a process has it for itself, on the machine's clock and threads. */
@DisplayName("The store in memory")
class MemoryStateStoreContractTest extends StateStoreContract {

    private @Nullable MemoryStateStore only;

    /** There is one process: the others are views of its store. */
    @Override
    protected StateStore create(ProviderContext context) {
        MemoryStateStore own = only;
        if (own != null) {
            return FaultyStateStore.over(own, context);
        }
        own = new MemoryStateStore(context);
        only = own;
        return own;
    }

    @Override
    protected void loseEverything() {
        if (only != null) {
            only.startOver(null);
        }
    }

    @Override
    protected Map<StateRequirement, String> exclusions() {
        String octets = "it holds objects, not octets that somebody else could write";
        return Map.of(
                StateRequirement.OUTAGE, "it is there as long as its process is",
                StateRequirement.DAMAGED_ENTRY, octets,
                StateRequirement.DAMAGED_TABLE, octets,
                StateRequirement.CLOCK_OF_ITS_OWN, "its clock is that of its process",
                StateRequirement.OUTLIVES_ITS_HANDLES, "it ends with its process");
    }
}
