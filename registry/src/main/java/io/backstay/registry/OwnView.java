package io.backstay.registry;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateTable;
import io.backstay.state.OwnEntries;
import io.backstay.state.OwnEntry;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process publishes of its checks. Nothing as long as it uses no service; changes go out together, a tenth of a second after the
 * first. Touched on the registry's serial executor only, but for what it tells.
 */
final class OwnView implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final Duration TOGETHER = Duration.ofMillis(100);

    private final String id;
    private final long number;
    private final OwnEntries entries;
    private final ProviderContext context;
    private final SerialExecutor serial;
    private final Duration lease;
    private final Set<String> services = new TreeSet<>();
    private final Set<String> ready = new TreeSet<>();
    /** Registrations by key. */
    private final Map<String, String> down = new TreeMap<>();

    private final Map<String, String> alive = new TreeMap<>();
    private @Nullable OwnEntry entry;
    private volatile int leftOut;
    private boolean planned;
    private boolean closed;

    /**
     * Nothing yet.
     *
     * @param id of this process, like no other's
     */
    OwnView(String id, StateTable table, ProviderContext context, SerialExecutor serial, Duration lease) {
        this.id = id;
        this.number = Rendezvous.hash(id);
        this.entries = OwnEntries.of(table, context, new Observations()::isEntry);
        this.context = context;
        this.serial = serial;
        this.lease = lease;
    }

    String id() {
        return id;
    }

    long number() {
        return number;
    }

    /** This process uses a service from now on; its word does not count yet. */
    void use(String service) {
        note(services, service, true);
    }

    /** Its word on a service's instances counts from now on. */
    void ready(String service) {
        note(ready, service, true);
    }

    void useNoLonger(String service) {
        note(services, service, false);
        note(ready, service, false);
    }

    /** Whether its word on a service's instances counts. */
    boolean isReady(String service) {
        return ready.contains(service);
    }

    /** What its checks say of an instance; neither, where it does not look at it. */
    void sees(Member member, boolean isDown, boolean isAliveWithoutLease) {
        note(down, member, isDown);
        note(alive, member, isAliveWithoutLease);
    }

    private void note(Map<String, String> registrations, Member member, boolean present) {
        String now = present ? member.registration() : null;
        String before = now != null ? registrations.put(member.key, now) : registrations.remove(member.key);
        if (!Objects.equals(before, now)) {
            plan();
        }
    }

    private void note(Set<String> names, String name, boolean present) {
        if (present ? names.add(name) : names.remove(name)) {
            plan();
        }
    }

    private void plan() {
        if (!planned && !closed) {
            planned = true;
            context.scheduler().schedule(() -> serial.execute(this::publish), TOGETHER);
        }
    }

    private void publish() {
        planned = false;
        if (closed) {
            return;
        }
        OwnEntry present = entry;
        if (services.isEmpty()) {
            if (present != null) {
                present.close();
                entry = null;
            }
            noteLeftOut(0);
            return;
        }
        Observation.Encoded encoded =
                Observation.of(id, services, ready, sorted(down), sorted(alive)).encode();
        if (present == null) {
            entry = entries.put(id, encoded.octets(), lease);
        } else {
            present.update(encoded.octets());
        }
        noteLeftOut(encoded.leftOut());
    }

    private static Set<String> sorted(Map<String, String> registrations) {
        return new TreeSet<>(registrations.values());
    }

    private void noteLeftOut(int count) {
        if (count > 0 && leftOut == 0) {
            LOG.warn("{} of what health checks have found cannot be published: it takes too much room", count);
        }
        leftOut = count;
    }

    /** How much of what it sees found no room in what is published. Read by anybody. */
    int leftOut() {
        return leftOut;
    }

    @Override
    public void close() {
        closed = true;
        entries.close();
    }
}
