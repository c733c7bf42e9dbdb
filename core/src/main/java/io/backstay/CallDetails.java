package io.backstay;

import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What every failure tells of its call. Holds the path's template and not the path, since paths may hold personal data.
 * Immutable.
 */
public final class CallDetails implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String service;
    private final @Nullable String instance;
    private final String method;
    private final String pathTemplate;
    private final int attempts;
    private final Duration elapsed;
    private final boolean mayHaveReachedServer;

    /** All at once; {@code instance} is that of the last attempt, null when none was chosen. */
    public CallDetails(
            String service,
            @Nullable String instance,
            String method,
            String pathTemplate,
            int attempts,
            Duration elapsed,
            boolean mayHaveReachedServer) {
        this.service = service;
        this.instance = instance;
        this.method = method;
        this.pathTemplate = pathTemplate;
        this.attempts = attempts;
        this.elapsed = elapsed;
        this.mayHaveReachedServer = mayHaveReachedServer;
    }

    /** The service called. */
    public String service() {
        return service;
    }

    /** The instance of the last attempt, as {@code host:port}. */
    public Optional<String> instance() {
        return Optional.ofNullable(instance);
    }

    /** The HTTP method. */
    public String method() {
        return method;
    }

    /** The path with its parameters' names, as {@code /users/{id}}. */
    public String pathTemplate() {
        return pathTemplate;
    }

    /** How many attempts were made; 0 when a guard refused the call before the first. */
    public int attempts() {
        return attempts;
    }

    /** From the call's start to its end. */
    public Duration elapsed() {
        return elapsed;
    }

    /** False only when it is certain that no attempt's request left this process. */
    public boolean mayHaveReachedServer() {
        return mayHaveReachedServer;
    }

    @Override
    public String toString() {
        return "[" + service + "] " + method + " " + pathTemplate
                + (instance == null ? "" : " at " + instance)
                + " (" + attempts + (attempts == 1 ? " attempt, " : " attempts, ") + elapsed.toMillis() + " ms"
                + (mayHaveReachedServer ? "" : ", never sent") + ")";
    }
}
