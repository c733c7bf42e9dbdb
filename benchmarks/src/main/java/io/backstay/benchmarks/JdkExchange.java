package io.backstay.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** By the bare {@link HttpClient}. Its timeout, as its users would set it, ends at the head of the answer. */
final class JdkExchange implements ByteExchange {

    private final HttpClient client;
    private final URI address;
    private final byte @Nullable [] body;

    JdkExchange(HttpClient client, URI address, byte @Nullable [] body) {
        this.client = client;
        this.address = address;
        this.body = body;
    }

    @Override
    public byte[] call() throws IOException, InterruptedException {
        return accepted(client.send(request(), BodyHandlers.ofByteArray()));
    }

    @Override
    public CompletableFuture<byte[]> callAsync() {
        return client.sendAsync(request(), BodyHandlers.ofByteArray()).thenApply(JdkExchange::accepted);
    }

    private HttpRequest request() {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(address + "/users/" + 1)).timeout(BareClients.TIMEOUT);
        if (body == null) {
            return builder.GET().build();
        }
        return builder.header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
    }

    private static byte[] accepted(HttpResponse<byte[]> response) {
        return ByteExchange.accepted(response.statusCode(), response.body());
    }
}
