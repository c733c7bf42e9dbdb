package io.backstay.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.backstay.demo.FaultSwitch.Fault;
import io.backstay.demo.Resource.Draft;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers GET of one thing and POST of a new one. The number of a new thing comes of its {@code Idempotency-Key} where there is
 * one, so that a repeated request makes the same thing again, whichever instance it reaches.
 */
final class ResourceHandler implements HttpHandler {

    /** Work takes a while, so that there is something in flight when an instance is killed. */
    static final Duration LEAST_WORK = Duration.ofMillis(5);

    private static final int WORK_SPREAD = 10;
    private static final byte[] ERROR = "{\"error\":\"switched to answer so\"}".getBytes(StandardCharsets.UTF_8);
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Resource resource;
    private final FaultSwitch faults;
    private final AtomicLong made = new AtomicLong();

    ResourceHandler(Resource resource, FaultSwitch faults) {
        this.resource = resource;
        this.faults = faults;
    }

    /** Loads what the first answer needs, before there is anybody waiting for it. */
    void warmUp() {
        JSON.writeValueAsBytes(resource.make(0, "nothing"));
        JSON.readValue("{\"title\":\"nothing\"}", Draft.class);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] sent = exchange.getRequestBody().readAllBytes();
            Fault fault = faults.now();
            work(fault.delay());
            if (fault.isError()) {
                answer(exchange, 500, ERROR);
            } else if (exchange.getRequestMethod().equals("POST")) {
                create(exchange, sent);
            } else {
                read(exchange);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work(Duration delay) throws InterruptedException {
        long spread = made.incrementAndGet() % WORK_SPREAD;
        Waits.rest(LEAST_WORK.plusMillis(spread).plus(delay));
    }

    private void read(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String id = path.substring(path.lastIndexOf('/') + 1);
        if (!id.matches("[0-9]{1,18}")) {
            answer(exchange, 404, new byte[0]);
            return;
        }
        answer(exchange, 200, JSON.writeValueAsBytes(resource.make(Long.parseLong(id), "Number " + id)));
    }

    private void create(HttpExchange exchange, byte[] sent) throws IOException {
        Draft draft;
        try {
            draft = JSON.readValue(sent, Draft.class);
        } catch (JacksonException e) {
            answer(exchange, 400, new byte[0]);
            return;
        }
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        long id = key == null ? made.get() : Integer.toUnsignedLong(key.hashCode());
        answer(exchange, 201, JSON.writeValueAsBytes(resource.make(id, draft.title())));
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }
}
