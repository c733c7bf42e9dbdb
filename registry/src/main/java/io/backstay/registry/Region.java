package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.state.ReplicaChange;
import io.backstay.state.ReplicaListener;
import io.backstay.state.ReplicaStatus;
import io.backstay.state.TableReplica;
import java.time.Duration;

/** One shared store and what is known of the instances that are registered there. */
final class Region implements AutoCloseable {

    private final String name;
    private final boolean home;
    private final StateStore store;
    private final TableReplica<InstanceEntry> instances;
    private final TableReplica<Observation> observers;

    // Touched on the registry's serial executor only.
    final Suspicions suspicions;
    final Observers watching = new Observers();
    final DownAtRemoval downAtRemoval = new DownAtRemoval();
    /** How many instances it has, those included whose lease has run out. */
    int members;
    /** Whether what it holds has been read: what comes from then on is news. */
    boolean started;

    /**
     * Begins to follow a store.
     *
     * @param name empty where regions have none
     * @param home whether this process is there
     */
    Region(String name, boolean home, StateStore store, Catalog catalog, Duration lease, ProviderContext context) {
        this.name = name;
        this.home = home;
        this.store = store;
        this.suspicions = new Suspicions(lease);
        InstanceEntries entries = new InstanceEntries(catalog::shared);
        this.instances = TableReplica.of(table(), entry -> decode(entries, entry))
                .assumedLease(lease)
                .context(context)
                .open();
        Observations observations = new Observations();
        this.observers = TableReplica.of(store.table(Observation.TABLE), observations::decode)
                .assumedLease(lease)
                .context(context)
                .open();
    }

    /** Tells what is there, and from then on what changes. */
    void tell(SerialExecutor serial, Discovery discovery) {
        instances.listen(new ReplicaListener<>() {
            @Override
            public void onChange(ReplicaChange<InstanceEntry> change) {
                serial.execute(() -> discovery.onEntry(Region.this, change));
            }

            @Override
            public void onStatus(ReplicaStatus status) {
                serial.execute(() -> discovery.onStatus(Region.this, status));
            }
        });
        observers.listen(change -> serial.execute(() -> discovery.onObservation(this, change)));
    }

    /** An instance is of the region whose store has it. */
    private InstanceEntry decode(InstanceEntries entries, StateEntry entry) {
        InstanceEntry read = entries.decode(entry);
        if (name.isEmpty() || read.instance().region().filter(name::equals).isPresent()) {
            return read;
        }
        ServiceInstance here = read.instance().toBuilder().region(name).build();
        return new InstanceEntry(here, read.owner());
    }

    String name() {
        return name;
    }

    boolean isHome() {
        return home;
    }

    StateStore store() {
        return store;
    }

    /** Where the instances are. */
    final StateTable table() {
        return store.table(InstanceEntries.TABLE);
    }

    TableReplica<InstanceEntry> instances() {
        return instances;
    }

    /** How many entries of its store cannot be understood, of instances and of what processes publish of their checks. */
    int damaged() {
        return instances.status().damaged() + observers.status().damaged();
    }

    @Override
    public void close() {
        instances.close();
        observers.close();
    }

    @Override
    public String toString() {
        return name.isEmpty() ? "the region" : "region " + name;
    }
}
