package io.backstay.internal;

import io.backstay.ConfigurationException;
import io.backstay.Settings;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How this process is called among those that share a store.
 *
 * @param isGiven whether it will be called so again after a restart
 */
record ProcessName(String text, boolean isGiven) {

    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int MOST_OF_HOST = 30;
    private static final AtomicLong MADE = new AtomicLong();

    /**
     * The name that was configured, else one of host, process and chance that nobody else has, nor this one after a restart.
     *
     * @throws ConfigurationException when it is configured and cannot be used
     */
    static ProcessName of(@Nullable String configured, Map<String, String> environment, RandomGenerator random) {
        if (configured == null) {
            return new ProcessName(unique(environment, random), false);
        }
        if (!ALLOWED.matcher(configured).matches()) {
            throw new ConfigurationException(Settings.PROCESS.name() + " cannot be \"" + configured
                    + "\"; allowed are up to 64 letters, digits, dots, hyphens and underscores");
        }
        return new ProcessName(configured, true);
    }

    /** The host as the environment has it: asking the network for it may take its time. */
    private static String unique(Map<String, String> environment, RandomGenerator random) {
        String host = environment.getOrDefault("HOSTNAME", environment.getOrDefault("COMPUTERNAME", "process"));
        String plain = host.replaceAll("[^A-Za-z0-9._-]", "-");
        return plain.substring(0, Math.min(plain.length(), MOST_OF_HOST)) + "-"
                + ProcessHandle.current().pid() + "-" + MADE.incrementAndGet() + "-"
                + Integer.toHexString(random.nextInt());
    }
}
