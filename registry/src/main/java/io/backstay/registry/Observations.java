package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.spi.StateEntry;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The form of the table in which processes publish what they see. Thread-safe. */
final class Observations {

    private final Interner interner = new Interner();

    /**
     * What an entry stands for.
     *
     * @throws ConfigurationException when it stands for nothing that this build understands
     */
    Observation decode(StateEntry entry) {
        JsonNode object = InstanceJson.readForm(entry.value(), Observation.VERSION);
        return Observation.of(
                entry.key(),
                names(object, "services"),
                names(object, "ready"),
                names(object, "down"),
                names(object, "alive"));
    }

    /** Whether an entry is a process', also when it is one of a later form; false for one that another program wrote or damaged. */
    boolean isEntry(StateEntry entry) {
        try {
            decode(entry);
            return true;
        } catch (ConfigurationException e) {
            return InstanceJson.isOfLaterForm(entry.value(), Observation.VERSION);
        }
    }

    private Set<String> names(JsonNode object, String member) {
        JsonNode node = object.get(member);
        if (node == null || node.isNull()) {
            return Set.of();
        }
        if (!node.isArray()) {
            throw new ConfigurationException("the member " + member + " is no array");
        }
        Set<String> names = new HashSet<>();
        for (JsonNode each : node) {
            if (!each.isString()) {
                throw new ConfigurationException("the member " + member + " holds something that is no text");
            }
            names.add(interner.share(each.stringValue()));
        }
        return Set.copyOf(names);
    }
}
