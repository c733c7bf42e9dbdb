package io.backstay.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.backstay.registry.RegistrationEndpoint.Answer;
import io.backstay.spi.ProviderContext;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RegistrationEndpoint} for the JDK's HTTP server, mounted by {@code server.createContext("/api/services", handler)}. Waits for the
 * store on the server's thread, 5 s at most. Thread-safe.
 */
public final class RegistrationHandler implements HttpHandler {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final RegistrationEndpoint endpoint;
    private final ProviderContext context;

    /** Of a registry. */
    public RegistrationHandler(Registry registry) {
        this.endpoint = registry.endpoint();
        this.context = registry.context();
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        Answer answer = answer(exchange);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (!answer.contentType().isEmpty()) {
            exchange.getResponseHeaders().set("Content-Type", answer.contentType());
        }
        if (!answer.allow().isEmpty()) {
            exchange.getResponseHeaders().set("Allow", answer.allow());
        }
        if (answer.status() == 503) {
            exchange.getResponseHeaders().set("Retry-After", "1");
        }
        int length = answer.body().length;
        exchange.sendResponseHeaders(answer.status(), head || length == 0 ? -1 : length);
        if (!head && length > 0) {
            exchange.getResponseBody().write(answer.body());
        }
        exchange.close();
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(RegistrationEndpoint.MAX_BODY_BYTES + 1);
        if (body.length > RegistrationEndpoint.MAX_BODY_BYTES) {
            return Answer.problem(
                    413,
                    "Content Too Large",
                    "a body must have at most " + RegistrationEndpoint.MAX_BODY_BYTES + " octets");
        }
        String rest = rest(exchange);
        if (rest == null) {
            return Answer.problem(404, "Not Found", "there is nothing at this path");
        }
        CompletableFuture<Answer> answer = endpoint.answer(
                        exchange.getRequestMethod(),
                        rest,
                        exchange.getRequestURI().getRawQuery(),
                        body)
                .toCompletableFuture();
        try {
            if (context.waiter().await(answer, PATIENCE.toNanos())) {
                return answer.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Answer.problem(503, "Service Unavailable", "the store of the registry gives no answer");
    }

    /** The path below where this is mounted; null for one that only begins alike, which the server brings here too. */
    private static @Nullable String rest(HttpExchange exchange) {
        String path = exchange.getRequestURI().getRawPath();
        String mounted = exchange.getHttpContext().getPath();
        String rest = path.substring(Math.min(path.length(), mounted.length()));
        boolean isBelow = rest.isEmpty() || rest.startsWith("/") || mounted.endsWith("/");
        return isBelow ? rest : null;
    }
}
