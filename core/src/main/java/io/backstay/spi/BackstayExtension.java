package io.backstay.spi;

import io.backstay.AttemptInterceptor;
import io.backstay.CallInterceptor;
import java.util.List;

/**
 * What a module adds to a {@code Backstay}. It is asked for its parts once, right after it was made; until it has been told what to
 * do, by settings or by its own methods, it changes nothing of what calls do. Thread-safe.
 */
public interface BackstayExtension extends AutoCloseable {

    /** Sources of instances, asked after the environment and in the order of their extensions. */
    default List<EndpointResolver> resolvers() {
        return List.of();
    }

    /** Steps round each call, outside those that the user gave. */
    default List<CallInterceptor> callInterceptors() {
        return List.of();
    }

    /** Steps round each attempt, after those that the user gave. */
    default List<AttemptInterceptor> attemptInterceptors() {
        return List.of();
    }

    /** What it counts. */
    default MetricSource metrics() {
        return sink -> {};
    }

    /** Ends what it does and frees what it holds, after the last call has ended; the state store is still open. Called once. */
    @Override
    default void close() {}
}
