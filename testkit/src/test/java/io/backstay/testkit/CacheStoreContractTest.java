package io.backstay.testkit;

import io.backstay.spi.CacheStore;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;

/** The contract of caches by the plainest one that keeps to it: a map on virtual time. */
@DisplayName("A map as a cache")
class CacheStoreContractTest extends CacheStoreContract {

    private final VirtualTime time = new VirtualTime();
    private final Map<String, Kept> shared = new ConcurrentHashMap<>();
    private volatile boolean away;

    private static final class Kept {
        final byte[] value;
        final long until;

        Kept(byte[] value, long until) {
            this.value = value;
            this.until = until;
        }
    }

    @Override
    protected CacheStore create(ProviderContext context) {
        return new MapCache();
    }

    @Override
    protected ProviderContext context() {
        return new ProviderContext(
                time, time, time, RandomSource.seeded(1), task -> time.schedule(task, Duration.ZERO), name -> null);
    }

    @Override
    protected void letPass(Duration duration) {
        time.advance(duration);
    }

    @Override
    protected void stopStore() {
        away = true;
    }

    @Override
    protected void startStore() {
        away = false;
    }

    private final class MapCache implements CacheStore {

        private volatile boolean closed;

        private <T> CompletionStage<T> answer(Supplier<@Nullable T> work) {
            if (closed || away) {
                Reason reason = closed ? Reason.CLOSED : Reason.UNAVAILABLE;
                return CompletableFuture.failedFuture(new StateStoreException(reason, false, "the map is away", null));
            }
            return CompletableFuture.completedFuture(work.get());
        }

        @Override
        public CompletionStage<Optional<byte[]>> get(String key) {
            return answer(() -> Optional.ofNullable(shared.get(key))
                    .filter(kept -> kept.until - time.nanoTime() > 0)
                    .map(kept -> kept.value));
        }

        @Override
        public CompletionStage<Void> put(String key, byte[] value, Duration timeToLive) {
            int length = key.getBytes(StandardCharsets.UTF_8).length;
            if (length == 0
                    || length > MAX_KEY_BYTES
                    || value.length > maxValueBytes()
                    || timeToLive.isNegative()
                    || timeToLive.isZero()) {
                throw new IllegalArgumentException("cannot be kept");
            }
            return answer(() -> {
                shared.put(key, new Kept(value, time.nanoTime() + timeToLive.toNanos()));
                return null;
            });
        }

        @Override
        public CompletionStage<Void> remove(Collection<String> keys) {
            return answer(() -> {
                keys.forEach(shared::remove);
                return null;
            });
        }

        @Override
        public int maxValueBytes() {
            return 1 << 20;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
