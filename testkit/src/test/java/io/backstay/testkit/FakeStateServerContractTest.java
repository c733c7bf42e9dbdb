package io.backstay.testkit;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;

/** The store in memory as a server that several processes share, on virtual time. */
@DisplayName("The simulated server")
class FakeStateServerContractTest extends StateStoreContract {

    private final VirtualTime time = new VirtualTime();
    private final ProviderContext context = new ProviderContext(
            time, time, time, RandomSource.seeded(3), task -> time.schedule(task, Duration.ZERO), name -> null);
    private final FakeStateServer server = FakeStateServer.on(context);

    @AfterEach
    void closeServer() {
        server.close();
    }

    @Override
    protected StateStore create(ProviderContext surroundings) {
        return server.connect();
    }

    @Override
    protected ProviderContext context() {
        return context;
    }

    @Override
    protected void letPass(Duration duration) {
        time.advance(duration);
    }

    @Override
    protected void stopStore() {
        server.stop();
    }

    @Override
    protected void startStore() {
        server.start();
    }

    @Override
    protected void loseEverything() {
        server.loseEverything();
    }

    @Override
    protected Map<StateRequirement, String> exclusions() {
        String reason = "it holds objects, not octets that somebody else could write";
        return Map.of(StateRequirement.DAMAGED_ENTRY, reason, StateRequirement.DAMAGED_TABLE, reason);
    }
}
