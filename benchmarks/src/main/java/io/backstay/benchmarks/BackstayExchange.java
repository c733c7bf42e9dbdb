package io.backstay.benchmarks;

import io.backstay.ServiceClient;
import io.backstay.ServiceRequest;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** By Backstay with its standard policy, as its user writes it. A status that is no success fails by itself. */
final class BackstayExchange implements ByteExchange {

    private final ServiceClient client;
    private final byte @Nullable [] body;

    BackstayExchange(ServiceClient client, byte @Nullable [] body) {
        this.client = client;
        this.body = body;
    }

    @Override
    public byte[] call() {
        return request().as(byte[].class);
    }

    @Override
    public CompletableFuture<byte[]> callAsync() {
        return request().asAsync(byte[].class);
    }

    private ServiceRequest request() {
        return body == null
                ? client.get("/users/{id}", 1)
                : client.post("/users/{id}", 1).body(body);
    }
}
