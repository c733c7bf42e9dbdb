package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Instances as JSON, in the store and over HTTP. Members that are not known are ignored, so that a later build may add some. Thread-safe.
 */
final class InstanceJson {

    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(16)
            .maxNumberLength(100)
            .maxNameLength(1_024)
            .build();
    private static final JsonMapper MAPPER = JsonMapper.builder(
                    JsonFactory.builder().streamReadConstraints(LIMITS).build())
            .build();

    private final Interner interner = new Interner();
    private final UnaryOperator<String> services;

    /**
     * One that reads.
     *
     * @param services gives the name of a service that is kept already in place of an equal one
     */
    InstanceJson(UnaryOperator<String> services) {
        this.services = services;
    }

    /** All that an instance is, as members of an object; what is by default is left out. */
    static Map<String, Object> members(ServiceInstance instance) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("service", instance.service());
        members.put("id", instance.id());
        members.put("host", instance.host());
        members.put("port", instance.port());
        if (instance.secure()) {
            members.put("secure", true);
        }
        if (!instance.basePath().isEmpty()) {
            members.put("basePath", instance.basePath());
        }
        if (instance.weight() != 1) {
            members.put("weight", instance.weight());
        }
        instance.type().ifPresent(type -> members.put("type", type));
        instance.zone().ifPresent(zone -> members.put("zone", zone));
        instance.region().ifPresent(region -> members.put("region", region));
        instance.version().ifPresent(version -> members.put("version", version));
        if (!instance.tags().isEmpty()) {
            members.put("tags", instance.tags());
        }
        if (!instance.capabilities().isEmpty()) {
            members.put("capabilities", instance.capabilities());
        }
        if (!instance.metadata().isEmpty()) {
            members.put("metadata", instance.metadata());
        }
        if (instance.status() != InstanceStatus.UP) {
            members.put("status", instance.status().name());
        }
        return members;
    }

    static byte[] write(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    /**
     * The octets as an object.
     *
     * @throws ConfigurationException when they are none; what they hold is not told
     */
    static JsonNode readObject(byte[] octets) {
        try {
            JsonNode root = MAPPER.readTree(octets);
            if (root != null && root.isObject()) {
                return root;
            }
        } catch (JacksonException none) {
            throw new ConfigurationException("this is no JSON");
        }
        throw new ConfigurationException("this is no JSON object");
    }

    /**
     * The octets as an object of a form that is known here, which its member {@code v} tells.
     *
     * @param version the latest that is known
     * @throws ConfigurationException when they are none
     */
    static JsonNode readForm(byte[] octets, int version) {
        JsonNode object = readObject(octets);
        int form = form(object);
        if (form < 1 || form > version) {
            throw new ConfigurationException("the entry has a form that is not known here");
        }
        return object;
    }

    /** Whether they are an object that a later build wrote, which only such a one understands. */
    static boolean isOfLaterForm(byte[] octets, int version) {
        try {
            return form(readObject(octets)) > version;
        } catch (ConfigurationException e) {
            return false;
        }
    }

    private static int form(JsonNode object) {
        JsonNode form = object.get("v");
        return form != null && form.isInt() ? form.intValue() : 0;
    }

    /**
     * The instance that an object describes.
     *
     * @throws ConfigurationException when it describes none; names the member
     */
    ServiceInstance read(JsonNode object) {
        ServiceInstance.Builder builder = ServiceInstance.builder(services.apply(required(object, "service")));
        builder.id(required(object, "id"));
        builder.host(required(object, "host"));
        builder.port(port(object));
        builder.secure(flag(object, "secure"));
        optional(object, "basePath", path -> builder.basePath(interner.share(path)));
        optional(object, "type", type -> builder.type(interner.share(type)));
        optional(object, "zone", zone -> builder.zone(interner.share(zone)));
        optional(object, "region", region -> builder.region(interner.share(region)));
        optional(object, "version", version -> builder.version(interner.share(version)));
        optional(object, "status", status -> builder.status(status(status)));
        JsonNode weight = object.get("weight");
        if (isThere(weight)) {
            builder.weight(number(weight, "weight"));
        }
        builder.tags(texts(object, "tags"));
        builder.capabilities(texts(object, "capabilities"));
        builder.metadata(metadata(object));
        return builder.build();
    }

    static String required(JsonNode object, String member) {
        String text = optional(object, member);
        if (text == null) {
            throw wrong(member, "is missing");
        }
        return text;
    }

    static @Nullable String optional(JsonNode object, String member) {
        JsonNode node = object.get(member);
        if (!isThere(node)) {
            return null;
        }
        if (!node.isString()) {
            throw wrong(member, "is no text");
        }
        return node.stringValue();
    }

    private static void optional(JsonNode object, String member, Consumer<String> use) {
        String text = optional(object, member);
        if (text != null) {
            use.accept(text);
        }
    }

    private static int port(JsonNode object) {
        JsonNode node = object.get("port");
        if (!isThere(node) || !node.isIntegralNumber() || !node.canConvertToInt()) {
            throw wrong("port", "is no whole number from 1 to 65535");
        }
        return node.intValue();
    }

    private static double number(JsonNode node, String member) {
        if (!node.isNumber()) {
            throw wrong(member, "is no number");
        }
        return node.doubleValue();
    }

    private static boolean flag(JsonNode object, String member) {
        JsonNode node = object.get(member);
        if (isThere(node) && !node.isBoolean()) {
            throw wrong(member, "is neither true nor false");
        }
        return isThere(node) && node.booleanValue();
    }

    private static InstanceStatus status(String text) {
        for (InstanceStatus status : InstanceStatus.values()) {
            if (status.name().equals(text.toUpperCase(Locale.ROOT))) {
                return status;
            }
        }
        throw wrong("status", "is none that is known");
    }

    private Set<String> texts(JsonNode object, String member) {
        JsonNode node = object.get(member);
        if (!isThere(node)) {
            return Set.of();
        }
        if (!node.isArray()) {
            throw wrong(member, "is no array");
        }
        Set<String> texts = new HashSet<>();
        for (JsonNode each : node) {
            if (!each.isString()) {
                throw wrong(member, "holds something that is no text");
            }
            texts.add(interner.share(each.stringValue()));
        }
        return interner.share(Set.copyOf(texts));
    }

    private Map<String, String> metadata(JsonNode object) {
        JsonNode node = object.get("metadata");
        if (!isThere(node)) {
            return Map.of();
        }
        if (!node.isObject()) {
            throw wrong("metadata", "is no object");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        node.forEachEntry((key, value) -> {
            if (!value.isString()) {
                throw wrong("metadata", "holds something that is no text");
            }
            metadata.put(interner.share(key), value.stringValue());
        });
        return metadata;
    }

    private static boolean isThere(@Nullable JsonNode node) {
        return node != null && !node.isNull();
    }

    private static ConfigurationException wrong(String member, String problem) {
        return new ConfigurationException("the member " + member + " " + problem);
    }
}
