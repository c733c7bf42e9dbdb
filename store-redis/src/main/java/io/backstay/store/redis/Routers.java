package io.backstay.store.redis;

/** Chooses the {@link Router} for an address. */
final class Routers {

    private Routers() {}

    /** @param moved to be told when slots may be elsewhere */
    static Router of(RedisSettings settings, Lines lines, Runnable moved) {
        Address address = settings.address();
        return switch (address.kind()) {
            case STANDALONE ->
                new SingleRouter(address, Primary.of(address.nodes().get(0)), lines);
            case SENTINEL -> new SingleRouter(address, new SentinelPrimary(address, lines), lines);
            case CLUSTER -> new ClusterRouter(address, lines, moved);
        };
    }
}
