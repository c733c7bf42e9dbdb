package io.backstay;

import io.backstay.spi.VirtualTime;
import java.util.concurrent.CompletableFuture;

/** Both ways of making a call, so that each scenario runs in both. */
public enum Mode {
    BLOCKING {
        @Override
        public <T> Result<T> result(ServiceRequest request, Class<T> type, VirtualTime time) {
            return request.result(type);
        }
    },
    ASYNC {
        @Override
        public <T> Result<T> result(ServiceRequest request, Class<T> type, VirtualTime time) {
            CompletableFuture<Result<T>> future = request.resultAsync(type);
            try {
                time.await(future);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return future.join();
        }
    };

    public abstract <T> Result<T> result(ServiceRequest request, Class<T> type, VirtualTime time);

    public Result<String> text(ServiceRequest request, VirtualTime time) {
        return result(request, String.class, time);
    }

    /** The failure of a call that must fail. */
    public CallException failure(ServiceRequest request, VirtualTime time) {
        Result<String> result = text(request, time);
        if (result instanceof Result.Failure<String> failure) {
            return failure.cause();
        }
        throw new AssertionError("expected a failure, but got " + result);
    }
}
