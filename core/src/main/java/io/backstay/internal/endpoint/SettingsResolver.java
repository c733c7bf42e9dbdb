package io.backstay.internal.endpoint;

import io.backstay.Settings;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Addresses from settings, {@code backstay.service.NAME.url}: whole ones, several of them separated by commas. They never change. */
public final class SettingsResolver implements EndpointResolver {

    private static final String PREFIX = "backstay.service.";
    private static final String SUFFIX = "." + Settings.SERVICE_URL.name();
    private static final Pattern VARIABLE = Pattern.compile("BACKSTAY_SERVICE_(.+)_URL");

    private final Function<String, @Nullable String> texts;

    /** Over a source of texts by the whole names of settings. */
    public SettingsResolver(Function<String, @Nullable String> texts) {
        this.texts = texts;
    }

    /**
     * Reads all there are, those of services that nobody may ever use included.
     *
     * @param names the names of settings, of any kind
     * @param environment the environment variables, of any kind
     * @throws io.backstay.ConfigurationException when one gives no address
     */
    public void check(Collection<String> names, Map<String, String> environment) {
        for (String name : names) {
            String text = isUrl(name) ? texts.apply(name) : null;
            if (text != null) {
                Addresses.all(name.substring(PREFIX.length(), name.length() - SUFFIX.length()), name, text);
            }
        }
        environment.forEach((variable, text) -> {
            Matcher matcher = VARIABLE.matcher(variable);
            if (matcher.matches() && !text.isBlank()) {
                Addresses.all(matcher.group(1), "the environment's " + variable, text);
            }
        });
    }

    /** Whether a setting of this name gives addresses. */
    public static boolean isUrl(String name) {
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX) && name.length() > PREFIX.length() + SUFFIX.length();
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        String name = PREFIX + service + SUFFIX;
        String text = texts.apply(name);
        if (text == null) {
            return Optional.empty();
        }
        listener.onInstances(Addresses.all(service, name, text));
        return Optional.of(() -> {});
    }

    @Override
    public String toString() {
        return "settings";
    }
}
