package io.backstay;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a call ended, for callers who do not want exceptions: with the answer, with a fallback's answer, or with a failure.
 * Immutable.
 *
 * @param <T> what was asked for
 */
public sealed interface Result<T> {

    /** Whether there is a value, the service's own or a fallback's. */
    default boolean hasValue() {
        return !(this instanceof Failure);
    }

    /**
     * The value, the service's own or a fallback's.
     *
     * @throws CallException when there is none
     */
    T orElseThrow();

    /** The value, or this one when there is none. */
    default T orElse(T other) {
        return hasValue() ? orElseThrow() : other;
    }

    /** The same outcome with the value changed. A failure stays as it is. */
    <R> Result<R> map(Function<? super T, ? extends R> change);

    private static String typeOf(@Nullable Object value) {
        return value == null ? "nothing" : value.getClass().getName();
    }

    /**
     * The service answered.
     *
     * @param value the answer
     */
    record Success<T>(T value) implements Result<T> {

        @Override
        public T orElseThrow() {
            return value;
        }

        @Override
        public <R> Result<R> map(Function<? super T, ? extends R> change) {
            return new Success<>(change.apply(value));
        }

        /** Without the value, which may be a secret. */
        @Override
        public String toString() {
            return "Success[" + typeOf(value) + "]";
        }
    }

    /**
     * The service did not answer and a fallback did.
     *
     * @param value the fallback's answer
     * @param answeredBy the name of the fallback
     * @param cause why the service did not answer
     */
    record Degraded<T>(T value, String answeredBy, CallException cause) implements Result<T> {

        @Override
        public T orElseThrow() {
            return value;
        }

        @Override
        public <R> Result<R> map(Function<? super T, ? extends R> change) {
            return new Degraded<>(change.apply(value), answeredBy, cause);
        }

        /** Without the value, which may be a secret. */
        @Override
        public String toString() {
            return "Degraded[" + typeOf(value) + " by " + answeredBy + ", " + cause.kind() + "]";
        }
    }

    /**
     * Nobody answered.
     *
     * @param cause why; failures of fallbacks are its suppressed exceptions
     */
    record Failure<T>(CallException cause) implements Result<T> {

        @Override
        public T orElseThrow() {
            throw cause;
        }

        @Override
        public <R> Result<R> map(Function<? super T, ? extends R> change) {
            return new Failure<>(cause);
        }
    }
}
