package io.backstay.demo;

import io.backstay.Result;
import io.backstay.ServiceRequest;
import java.util.concurrent.CompletableFuture;

/**
 * One call that is about to be made.
 *
 * @param request what is sent
 * @param type what is wanted back
 * @param blocks whether a thread waits for it
 */
record Shot(ServiceRequest request, Class<?> type, boolean blocks) {

    Result<?> fire() {
        return request.result(type);
    }

    CompletableFuture<? extends Result<?>> fireAsync() {
        return request.resultAsync(type);
    }
}
