package io.backstay.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.backstay.Headers;
import io.backstay.spi.SystemTime;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A well-behaved HTTP/1.1 server on loopback that keeps what it was asked. */
final class PlainServer implements AutoCloseable {

    /** A request as it arrived. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Seen(String method, String target, Headers headers, byte[] body) {}

    private final HttpServer server;
    private final List<Seen> seen = new CopyOnWriteArrayList<>();

    PlainServer(HttpHandler handler) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(SystemTime.shared().workers());
        server.createContext("/", exchange -> {
            try (exchange) {
                seen.add(new Seen(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toString(),
                        Headers.received(exchange.getRequestHeaders()),
                        exchange.getRequestBody().readAllBytes()));
                handler.handle(exchange);
            }
        });
        server.start();
    }

    /** One that answers every request with 200 and no body. */
    static PlainServer empty() {
        return new PlainServer(exchange -> exchange.sendResponseHeaders(200, -1));
    }

    /** One that answers every request with this status and body, and so many header fields. */
    static PlainServer answering(int status, byte[] body, String... namesAndValues) {
        return new PlainServer(exchange -> {
            for (int i = 0; i < namesAndValues.length; i += 2) {
                exchange.getResponseHeaders().add(namesAndValues[i], namesAndValues[i + 1]);
            }
            respond(exchange, status, body, false);
        });
    }

    /** Sends a body with its length, or in chunks. */
    static void respond(HttpExchange exchange, int status, byte[] body, boolean chunked) throws IOException {
        long length = chunked ? 0 : body.length == 0 ? -1 : body.length;
        exchange.sendResponseHeaders(status, length);
        if (length >= 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What it was asked so far, in order. */
    List<Seen> seen() {
        return seen;
    }

    /** The only request. */
    Seen only() {
        if (seen.size() != 1) {
            throw new AssertionError("expected one request, but there were " + seen.size());
        }
        return seen.get(0);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
