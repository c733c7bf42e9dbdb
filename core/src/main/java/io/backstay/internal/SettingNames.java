package io.backstay.internal;

import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.spi.BackstayExtensionProvider;
import io.backstay.spi.Provider;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which settings there are beside those of policies, to warn of names that are misspelt: in groups of which all names are known, and right
 * under {@code backstay.}. Not thread-safe.
 */
final class SettingNames {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay");
    private static final String ROOT = "backstay.";
    /** So many letters in common at the beginning make a name worth proposing. */
    private static final int COMMON = 2;

    private final Set<String> known = new TreeSet<>();
    private final Set<String> groups = new TreeSet<>();

    /** Those of the core. */
    SettingNames() {
        for (Setting<?> setting : Settings.all()) {
            String name = setting.name();
            if (name.startsWith(ROOT)) {
                known.add(name);
                groups.add(groupOf(name));
            }
        }
    }

    /** Those that a provider tells of. */
    void add(Provider provider) {
        if (provider instanceof BackstayExtensionProvider) {
            known.add(ROOT + provider.name() + ".enabled");
        }
        String group = provider.settingsPrefix();
        if (!group.isEmpty()) {
            groups.add(group);
            provider.settings().forEach(setting -> known.add(group + setting.name()));
        }
    }

    void warnOfUnknown(Collection<String> names) {
        for (String name : names) {
            if (isChecked(name) && !known.contains(name)) {
                LOG.warn(
                        "there is no setting {}{}",
                        name,
                        nearest(name).map(one -> "; did you mean " + one + "?").orElse(""));
            }
        }
    }

    private boolean isChecked(String name) {
        return groups.stream()
                .anyMatch(group -> group.equals(ROOT) ? groupOf(name).equals(ROOT) : name.startsWith(group));
    }

    private static String groupOf(String name) {
        return name.substring(0, name.lastIndexOf('.') + 1);
    }

    /** The one that shares the longest beginning, its group and some of its own name included. */
    private Optional<String> nearest(String name) {
        return known.stream()
                .filter(one -> PolicySettings.common(one, name) >= groupOf(one).length() + COMMON)
                .max((one, other) ->
                        Integer.compare(PolicySettings.common(one, name), PolicySettings.common(other, name)));
    }
}
