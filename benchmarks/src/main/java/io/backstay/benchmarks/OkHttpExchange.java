package io.backstay.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** By the bare {@link OkHttpClient}; asynchronously by its dispatcher, on whose threads the body is read. */
final class OkHttpExchange implements ByteExchange {

    private static final MediaType OCTETS = MediaType.get("application/octet-stream");

    private final OkHttpClient client;
    private final URI address;
    private final byte @Nullable [] body;

    OkHttpExchange(OkHttpClient client, URI address, byte @Nullable [] body) {
        this.client = client;
        this.address = address;
        this.body = body;
    }

    @Override
    public byte[] call() throws IOException {
        try (Response response = client.newCall(request()).execute()) {
            return whole(response);
        }
    }

    @Override
    public CompletableFuture<byte[]> callAsync() {
        CompletableFuture<byte[]> future = new CompletableFuture<>();
        client.newCall(request()).enqueue(new Callback() {
            @Override
            public void onResponse(Call call, Response response) {
                byte[] octets;
                try (response) {
                    octets = whole(response);
                } catch (IOException | RuntimeException e) {
                    future.completeExceptionally(e);
                    return;
                }
                future.complete(octets);
            }

            @Override
            public void onFailure(Call call, IOException failure) {
                future.completeExceptionally(failure);
            }
        });
        return future;
    }

    @Override
    public void close() {
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }

    private Request request() {
        Request.Builder builder = new Request.Builder().url(address + "/users/" + 1);
        return body == null
                ? builder.build()
                : builder.post(RequestBody.create(body, OCTETS)).build();
    }

    private static byte[] whole(Response response) throws IOException {
        return ByteExchange.accepted(response.code(), response.body().bytes());
    }
}
