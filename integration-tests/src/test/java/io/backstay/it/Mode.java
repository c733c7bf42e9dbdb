package io.backstay.it;

import io.backstay.Result;
import io.backstay.ServiceRequest;
import java.util.concurrent.TimeUnit;

/** Both ways of making a call. */
enum Mode {
    BLOCKING,
    ASYNC;

    <T> Result<T> result(ServiceRequest request, Class<T> type) throws Exception {
        return this == BLOCKING
                ? request.result(type)
                : request.resultAsync(type).get(30, TimeUnit.SECONDS);
    }
}
