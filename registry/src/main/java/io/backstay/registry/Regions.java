package io.backstay.registry;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The own region and those that stand in for it. Thread-safe. */
final class Regions implements AutoCloseable {

    private final Region home;
    private final List<Region> all;
    private final RegionChoice choice;
    private final CompletableFuture<Void> read = new CompletableFuture<>();

    /**
     * Begins to follow their stores.
     *
     * @param home how the own region is called; empty where regions have no names
     * @param others in the order in which they stand in for it
     */
    Regions(
            String home,
            StateStore store,
            Map<String, StateStore> others,
            Catalog catalog,
            Duration lease,
            ProviderContext context) {
        this.home = new Region(home, /* home= */ true, store, catalog, lease, context);
        List<Region> regions = new ArrayList<>(List.of(this.home));
        others.forEach(
                (name, other) -> regions.add(new Region(name, /* home= */ false, other, catalog, lease, context)));
        this.all = List.copyOf(regions);
        this.choice = new RegionChoice(home, List.copyOf(others.keySet()));
    }

    Region home() {
        return home;
    }

    /** The own one first. */
    List<Region> all() {
        return all;
    }

    /** Which instances of all regions are to be called. */
    RegionChoice choice() {
        return choice;
    }

    /** Whether another process can register instances. */
    boolean areShared() {
        return all.stream().anyMatch(region -> region.store().isShared());
    }

    /** Tells what is there, and from then on what changes. */
    void tell(SerialExecutor serial, Discovery discovery) {
        all.forEach(region -> region.tell(serial, discovery));
        var unused = CompletableFuture.allOf(all.stream()
                        .map(region -> region.instances().whenRead())
                        .toArray(CompletableFuture<?>[]::new))
                .whenComplete((nothing, closed) -> serial.execute(() -> read.complete(null)));
    }

    /** Done once all stores have been read for the first time and what they held was told, or when this is closed. */
    CompletionStage<Void> whenRead() {
        return read;
    }

    @Override
    public void close() {
        all.forEach(Region::close);
    }
}
