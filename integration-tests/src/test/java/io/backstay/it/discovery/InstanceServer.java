package io.backstay.it.discovery;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.backstay.spi.SystemTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What answers calls at one instance: its id, on a loopback port of its own, unless it is told to be slow or ill. */
final class InstanceServer implements AutoCloseable {

    static final String HEALTH_PATH = "/health";
    static final String WORK_PATH = "/work";

    private final String id;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "instance");
        thread.setDaemon(true);
        return thread;
    });
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final AtomicInteger busy = new AtomicInteger();
    private volatile Duration delay = Duration.ZERO;
    private volatile int status = 200;

    InstanceServer(String id) {
        this.id = id;
        try {
            this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext(HEALTH_PATH, this::answer);
        server.createContext(WORK_PATH, this::work);
        server.start();
    }

    private void work(HttpExchange exchange) throws IOException {
        busy.incrementAndGet();
        try {
            SystemTime.shared().await(closed, delay.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        answer(exchange);
        busy.decrementAndGet();
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] octets = id.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, octets.length);
        exchange.getResponseBody().write(octets);
        exchange.close();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Whether it has a call to answer. */
    boolean isBusy() {
        return busy.get() > 0;
    }

    /** Takes so long for each call; for checks of its health no longer than before. */
    void delay(Duration time) {
        this.delay = time;
    }

    /** Answers everything so. */
    void status(int code) {
        this.status = code;
    }

    @Override
    public void close() {
        closed.complete(null);
        server.stop(0);
        threads.shutdownNow();
    }
}
