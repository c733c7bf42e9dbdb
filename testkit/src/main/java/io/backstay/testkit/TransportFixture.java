package io.backstay.testkit;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.Settings;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

/** What all groups of the contract share: the transport, servers that end with the case, requests, bounded waits. */
abstract class TransportFixture {

    static final Duration AMPLE = Duration.ofSeconds(15);
    static final Duration SHORT = Duration.ofMillis(250);
    static final long MEBIBYTE = 1 << 20;
    static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    HttpTransport transport;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    abstract HttpTransport newTransport(ProviderContext context);

    abstract Map<Requirement, String> excused();

    @BeforeEach
    void open() {
        transport = open(Map.of());
    }

    /** Another transport, with these settings beside those that all cases need, in place of the one there is. */
    HttpTransport open(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        if (!excused().containsKey(Requirement.TLS_BY_SETTINGS)) {
            all.put(Settings.TLS_TRUST.name(), TestCertificates.pem("ca"));
        }
        SystemTime system = SystemTime.shared();
        transport = closing(newTransport(
                new ProviderContext(system, system, system, RandomSource.system(), system.workers(), all::get)));
        return transport;
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    <C extends AutoCloseable> C closing(C resource) {
        opened.push(resource);
        return resource;
    }

    RawServer raw(RawServer.Script script) {
        return closing(new RawServer(script));
    }

    /** The same over TLS, by the certificate of this name. */
    RawServer tls(String certificate, RawServer.Script script) {
        return closing(new RawServer(TestCertificates.tls(certificate), script));
    }

    static Request get(URI base) {
        return new Request("GET", base);
    }

    static Request post(URI base) {
        return new Request("POST", base).body(HELLO);
    }

    Started start(Mode mode, Request request) {
        return mode.start(transport.newCall(request.build()));
    }

    TransportResponse exchange(Mode mode, Request request) throws InterruptedException {
        return start(mode, request).response();
    }

    ExchangeException failure(Mode mode, Request request, FailureKind kind) throws InterruptedException {
        return start(mode, request).failure(kind);
    }

    static void await(String what, CompletableFuture<?> future) throws InterruptedException {
        if (!SystemTime.shared().await(future, Started.BOUND_NANOS)) {
            throw new AssertionError("within the bound this has not happened: " + what);
        }
        future.join();
    }

    static void awaitUntil(String what, BooleanSupplier condition) throws InterruptedException {
        long until = SystemTime.shared().nanoTime() + Started.BOUND_NANOS;
        CompletableFuture<Void> never = new CompletableFuture<>();
        while (!condition.getAsBoolean()) {
            if (SystemTime.shared().nanoTime() - until > 0) {
                throw new AssertionError("within the bound this has not happened: " + what);
            }
            SystemTime.shared().await(never, POLL_NANOS);
        }
    }

    /** A client that gives up must close its connection, or whatever it has there is leaked. */
    static void awaitAllClosed(RawServer server) throws InterruptedException {
        awaitUntil("the server sees every connection closed by its client", () -> server.open() == 0);
    }

    /** Ends the case as skipped, with the reason, where the transport is excused; what it asserted before holds. */
    void skipIfExcused(Requirement requirement) {
        String reason = excused().get(requirement);
        Assumptions.assumeTrue(reason == null, () -> requirement + ": " + reason);
    }

    /** Answers every request with {@code hello}, head and body in one piece, on connections that stay. */
    RawServer hello() {
        return raw(connection -> {
            while (true) {
                connection.readRequest();
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            }
        });
    }

    /** A request in the making: 15 s, 1 MiB, to {@code /}, unless told otherwise. */
    static final class Request {

        private final String method;
        private final URI base;
        private String target = "/";
        private Headers headers = Headers.empty();
        private byte @Nullable [] body;
        private Duration timeout = AMPLE;
        private long maxResponseBytes = MEBIBYTE;
        private @Nullable BodySource source;
        private boolean streamed;

        Request(String method, URI base) {
            this.method = method;
            this.base = base;
        }

        Request target(String value) {
            this.target = value;
            return this;
        }

        Request header(String name, String value) {
            this.headers = headers.plus(name, value);
            return this;
        }

        Request body(byte @Nullable [] octets) {
            this.body = octets;
            return this;
        }

        /** A body that is streamed out. */
        Request streaming(BodySource value) {
            this.source = value;
            return this;
        }

        /** With a response that is streamed in. */
        Request streamed() {
            this.streamed = true;
            return this;
        }

        Request timeout(Duration value) {
            this.timeout = value;
            return this;
        }

        Request maxResponseBytes(long value) {
            this.maxResponseBytes = value;
            return this;
        }

        TransportRequest build() {
            TransportRequest plain = new TransportRequest(
                    method,
                    ServiceInstance.of("contract", base),
                    target,
                    headers,
                    body,
                    timeout.toNanos(),
                    maxResponseBytes);
            TransportRequest sending = source == null ? plain : plain.withBody(source);
            return streamed ? sending.withStreamedResponse() : sending;
        }
    }
}
