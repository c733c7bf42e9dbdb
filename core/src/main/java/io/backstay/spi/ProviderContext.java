package io.backstay.spi;

import io.backstay.ConfigurationException;
import io.backstay.ProxySettings;
import io.backstay.SettingText;
import io.backstay.TlsSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What Backstay lends to what a provider makes. Immutable; all parts are thread-safe. */
public final class ProviderContext {

    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Waiter waiter;
    private final RandomSource random;
    private final Executor workers;
    private final Function<String, @Nullable String> settings;

    /** All at once. */
    public ProviderContext(
            TimeSource time,
            DelayScheduler scheduler,
            Waiter waiter,
            RandomSource random,
            Executor workers,
            Function<String, @Nullable String> settings) {
        this.time = time;
        this.scheduler = scheduler;
        this.waiter = waiter;
        this.random = random;
        this.workers = workers;
        this.settings = settings;
    }

    /** A context of the real machine without any settings, for use outside a {@code Backstay}. */
    public static ProviderContext system() {
        SystemTime system = SystemTime.shared();
        return new ProviderContext(system, system, system, RandomSource.system(), system.workers(), name -> null);
    }

    /** Where to read time. */
    public TimeSource time() {
        return time;
    }

    /** Where to leave tasks for later. */
    public DelayScheduler scheduler() {
        return scheduler;
    }

    /** How to block. */
    public Waiter waiter() {
        return waiter;
    }

    /** Where chance comes from. */
    public RandomSource random() {
        return random;
    }

    /** Threads for tasks that may block, virtual where the JVM has them. */
    public Executor workers() {
        return workers;
    }

    /** The text of a setting by its whole name, as {@code backstay.transport}. */
    public Optional<String> setting(String name) {
        return Optional.ofNullable(settings.apply(name));
    }

    /**
     * A setting that is a duration: {@code 500ms}, {@code 2s}, or as ISO 8601 has it, {@code PT2S}.
     *
     * @throws ConfigurationException when its text is none
     */
    public Optional<Duration> duration(String name) {
        return setting(name).map(text -> SettingText.duration(name, text));
    }

    /**
     * Whom to trust and who to be over TLS, from the settings {@code backstay.tls.*}; nothing where none is set, and the
     * JVM's own ways hold. Reads files: to be asked for once, when the transport is made.
     *
     * @throws ConfigurationException when a file or what it holds cannot be used
     */
    public Optional<TlsSettings> tls() {
        return new NetworkSettings(this).tls();
    }

    /**
     * The proxy to call through, from the settings {@code backstay.proxy.*}; nothing where there is none.
     *
     * @throws ConfigurationException when the settings cannot be used
     */
    public Optional<ProxySettings> proxy() {
        return new NetworkSettings(this).proxy();
    }
}
