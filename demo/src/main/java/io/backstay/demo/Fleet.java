package io.backstay.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/** All instances of all services. However this process ends, they end with it. */
final class Fleet implements AutoCloseable {

    private static final int INSTANCES = 2;

    private final Joining joining;
    private final PrintStream out;
    private final Map<Resource, List<ServiceProcess>> running = new EnumMap<>(Resource.class);
    private final Thread hook = new Thread(this::killAll, "fleet-end");
    /** Guards {@link #all} and {@link #ended}: none is started once they are being ended. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<ServiceProcess> all = new ArrayList<>();
    private boolean ended;

    private Fleet(Joining joining, PrintStream out) {
        this.joining = joining;
        this.out = out;
    }

    /** Blocks until all of them listen. */
    static Fleet start(Joining joining, PrintStream out) throws InterruptedException {
        Fleet fleet = new Fleet(joining, out);
        Runtime.getRuntime().addShutdownHook(fleet.hook);
        try {
            for (Resource resource : Resource.values()) {
                List<ServiceProcess> instances = new ArrayList<>();
                for (int i = 0; i < INSTANCES; i++) {
                    instances.add(fleet.launch(resource, i, 0));
                }
                fleet.running.put(resource, instances);
            }
            for (ServiceProcess process : fleet.all) {
                process.awaitReady();
            }
            return fleet;
        } catch (InterruptedException | RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    private ServiceProcess launch(Resource resource, int index, int port) {
        lock.lock();
        try {
            if (ended) {
                throw new DemoException("it is being ended");
            }
            ServiceProcess process =
                    ServiceProcess.start(resource, resource.service() + " #" + (index + 1), port, joining, out);
            all.add(process);
            return process;
        } finally {
            lock.unlock();
        }
    }

    private List<ServiceProcess> instancesOf(Resource resource) {
        return Objects.requireNonNull(running.get(resource));
    }

    /** The instance as it runs now, from 0. */
    ServiceProcess instance(Resource resource, int index) {
        return instancesOf(resource).get(index);
    }

    List<ServiceProcess> instances(Resource resource) {
        return List.copyOf(instancesOf(resource));
    }

    /** How many instances there are of all services; killed ones count until they are retired. */
    int size() {
        return running.values().stream().mapToInt(List::size).sum();
    }

    /** Starts one more instance; returns before it listens. */
    ServiceProcess add(Resource resource) {
        List<ServiceProcess> instances = instancesOf(resource);
        ServiceProcess more = launch(resource, instances.size(), 0);
        instances.add(more);
        return more;
    }

    /** Counts the last instance of a service no longer, and leaves to the caller how it ends. */
    ServiceProcess retire(Resource resource) {
        List<ServiceProcess> instances = instancesOf(resource);
        return instances.remove(instances.size() - 1);
    }

    /** Starts an instance again that has ended, on the port that it had; returns before it listens. */
    ServiceProcess restart(Resource resource, int index) {
        List<ServiceProcess> instances = instancesOf(resource);
        ServiceProcess again = launch(resource, index, instances.get(index).port());
        instances.set(index, again);
        return again;
    }

    /** How many processes are left. */
    long alive() {
        lock.lock();
        try {
            return all.stream().filter(ServiceProcess::isAlive).count();
        } finally {
            lock.unlock();
        }
    }

    private void killAll() {
        lock.lock();
        try {
            ended = true;
            all.forEach(ServiceProcess::kill);
        } finally {
            lock.unlock();
        }
    }

    /** Ends all of them and waits until they have. */
    @Override
    public void close() throws InterruptedException {
        killAll();
        for (ServiceProcess process : all) {
            process.awaitEnd();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // Shutting down already: the hook runs.
        }
    }
}
