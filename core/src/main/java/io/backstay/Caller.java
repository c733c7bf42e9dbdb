package io.backstay;

import java.lang.reflect.Type;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** What a request needs of the engine; keeps the engine out of the public types. */
interface Caller {

    /** Makes the call on this thread. Ends in a result whatever happens; only misuse throws. */
    <T> Result<T> call(ServiceRequest request, Type type);

    /**
     * Starts the call and returns; the result is handed over on whatever thread ends it, under the caller's context. Only
     * misuse throws.
     *
     * @return how to cancel it
     */
    <T> Runnable start(ServiceRequest request, Type type, Consumer<Result<T>> whenDone);

    /**
     * Has a future end with the failure of its call; where that is in no log yet and nobody looks at the future either, it is
     * logged.
     *
     * @param ending ends it; false when it has ended already
     */
    void fail(WatchedFuture<?> future, BooleanSupplier ending, CallException failure);
}
