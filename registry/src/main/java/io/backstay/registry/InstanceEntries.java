package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateWrite;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/**
 * The form of the table of instances: one entry each, under service and id, as JSON. {@code v} is the least version of this form that a
 * reader must know; entries of a later one are not for this build. Thread-safe.
 */
final class InstanceEntries {

    /** The table's name. */
    static final String TABLE = "instances";

    static final int VERSION = 1;
    /** The greatest length of an entry, some twice of what an instance with everything on it takes. */
    static final int MAX_BYTES = 64 << 10;

    private static final char MARK = '#';
    private static final int MARK_RADIX = 36;
    /** So many, each of four characters. */
    private static final long MARKS = 36 * 36 * 36 * 36;

    private final InstanceJson json;

    /**
     * One that reads.
     *
     * @param services gives the name of a service that is kept already in place of an equal one
     */
    InstanceEntries(UnaryOperator<String> services) {
        this.json = new InstanceJson(services);
    }

    /**
     * Under which key an instance is kept: the service's name and the id. A slash in the name is written as {@code %2F}.
     *
     * @throws ConfigurationException when it is too long, or holds what no key can
     */
    static String key(String service, String id) {
        String key = service.replace("%", "%25").replace("/", "%2F") + "/" + id;
        try {
            StateWrite.checkKey(key);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "the name of a service and the id of its instance together must take at most "
                            + (StateStore.MAX_KEY_BYTES - 1)
                            + " octets, without control characters and halves of characters");
        }
        return key;
    }

    /** The name of the service in a key; empty where the key is none. */
    static String service(String key) {
        int slash = key.indexOf('/');
        return slash < 0 ? "" : key.substring(0, slash).replace("%2F", "/").replace("%25", "%");
    }

    /**
     * What processes call one registration of an instance when they tell each other of it: its key, and a mark of the owner. Whoever registers
     * the same service and id anew is another, of whom nothing has been said. Two owners have the same mark once in a million times.
     */
    static String registration(String key, long owner) {
        String mark = Long.toString(Math.floorMod(owner, MARKS) + MARKS, MARK_RADIX);
        return key + MARK + mark.substring(1);
    }

    /** The key of the instance that a registration is of; the same where there is no mark. */
    static String keyOf(String registration) {
        int mark = registration.lastIndexOf(MARK);
        return mark < 0 ? registration : registration.substring(0, mark);
    }

    static String key(ServiceInstance instance) {
        return key(instance.service(), instance.id());
    }

    /**
     * The value of an entry.
     *
     * @throws ConfigurationException when it is too long
     */
    static byte[] encode(InstanceEntry entry) {
        return encode(entry, Map.of());
    }

    /**
     * The same, with members beside the instance's that only who wrote them reads.
     *
     * @throws ConfigurationException when it is too long
     */
    static byte[] encode(InstanceEntry entry, Map<String, Object> beside) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("v", VERSION);
        members.putAll(entry.members());
        members.putAll(beside);
        byte[] octets = InstanceJson.write(members);
        if (octets.length > MAX_BYTES) {
            throw new ConfigurationException(
                    "an instance takes " + octets.length + " octets in the registry; allowed are " + MAX_BYTES);
        }
        return octets;
    }

    /**
     * What an entry stands for.
     *
     * @throws ConfigurationException when it stands for nothing that this build understands
     */
    InstanceEntry decode(StateEntry entry) {
        if (entry.value().length > MAX_BYTES) {
            throw new ConfigurationException("the entry is too long");
        }
        JsonNode object = InstanceJson.readForm(entry.value(), VERSION);
        ServiceInstance instance = json.read(object);
        if (!key(instance).equals(entry.key())) {
            throw new ConfigurationException("the entry is of another instance than its key says");
        }
        return new InstanceEntry(instance, owner(object));
    }

    /** Whether an entry is an instance's, also when it is one of a later form; false for one that another program wrote or damaged. */
    boolean isEntry(StateEntry entry) {
        try {
            decode(entry);
            return true;
        } catch (ConfigurationException e) {
            return InstanceJson.isOfLaterForm(entry.value(), VERSION);
        }
    }

    /** Who wrote it by hand need not say who he is. */
    private static long owner(JsonNode object) {
        String text = InstanceJson.optional(object, "owner");
        try {
            return text == null ? InstanceEntry.NOBODY : Long.parseUnsignedLong(text, 16);
        } catch (NumberFormatException e) {
            throw new ConfigurationException("the member owner is no number");
        }
    }
}
