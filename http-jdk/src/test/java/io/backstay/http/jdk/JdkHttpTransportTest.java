package io.backstay.http.jdk;

import com.sun.net.httpserver.HttpServer;
import io.backstay.ConfigurationException;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransport.Capability;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.Waiter;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("The JDK's client, in what is its own")
class JdkHttpTransportTest {

    private static final long AMPLE_NANOS = Duration.ofSeconds(15).toNanos();

    private final List<Headers> seen = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(SystemTime.shared().workers());
        server.createContext("/", exchange -> {
            seen.add(Headers.received(exchange.getRequestHeaders()));
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private TransportRequest request(String method, Headers headers, byte[] body) {
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        return new TransportRequest(method, ServiceInstance.of("own", uri), "/", headers, body, AMPLE_NANOS, 1000);
    }

    private static HttpTransport withSettings(Map<String, String> settings) {
        SystemTime system = SystemTime.shared();
        return new JdkHttpTransportProvider()
                .create(new ProviderContext(
                        system, system, system, RandomSource.system(), system.workers(), settings::get));
    }

    @Test
    @DisplayName("is found by its name")
    void provider_isRegistered() {
        assertThat(ServiceLoader.load(HttpTransportProvider.class))
                .singleElement()
                .satisfies(provider -> assertThat(provider.name()).isEqualTo("jdk"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection", "content-length", "Expect", "Host", "Upgrade"})
    @DisplayName("refuses header fields that are its own, names them, and sends nothing")
    void restrictedHeader_isRefused(String name) {
        try (HttpTransport transport = JdkHttpTransport.builder().build()) {
            TransportRequest request = request("GET", Headers.of(name, "secret"), null);

            ExchangeException failure = catchThrowableOfType(
                    ExchangeException.class, () -> transport.newCall(request).execute());
            Throwable later = transport
                    .newCall(request)
                    .executeAsync()
                    .handle((response, thrown) -> thrown)
                    .join();

            assertThat(failure.kind()).isEqualTo(FailureKind.UNEXPECTED);
            assertThat(failure.mayHaveBeenSent()).isFalse();
            assertThat(failure).hasMessageContaining(name).hasMessageNotContaining("secret");
            assertThat(later).isExactlyInstanceOf(ExchangeException.class).hasMessage(failure.getMessage());
            assertThat(seen).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "auto", "1.1"})
    @DisplayName("asks no server for HTTP/2 over cleartext, unless told to")
    void cleartext_isHttp11(String version) throws Exception {
        Map<String, String> settings =
                version.isEmpty() ? Map.of() : Map.of(JdkHttpTransportProvider.HTTP_VERSION, version);
        try (HttpTransport transport = withSettings(settings)) {
            transport.newCall(request("POST", Headers.empty(), new byte[3])).execute();

            assertThat(seen.get(0).contains("Upgrade")).isFalse();
        }
    }

    @Test
    @DisplayName("asks for HTTP/2 over cleartext when told to")
    void cleartext_http2() throws Exception {
        try (HttpTransport transport = withSettings(Map.of(JdkHttpTransportProvider.HTTP_VERSION, "2"))) {
            transport.newCall(request("GET", Headers.empty(), null)).execute();

            assertThat(seen.get(0).first("Upgrade")).contains("h2c");
        }
    }

    @Test
    @DisplayName("says what it can do by the version it speaks")
    void capabilities_followTheVersion() {
        try (HttpTransport auto = JdkHttpTransport.builder().build();
                HttpTransport old = JdkHttpTransport.builder()
                        .httpVersion(HttpVersion.HTTP_1_1)
                        .build()) {
            assertThat(auto.capabilities())
                    .containsExactlyInAnyOrder(Capability.HTTP_2, Capability.MAY_RESEND_SAFE_METHODS);
            assertThat(old.capabilities()).containsExactly(Capability.MAY_RESEND_SAFE_METHODS);
        }
    }

    @Test
    @DisplayName("refuses settings that mean nothing, and says what would")
    void settings_areChecked() {
        assertThatThrownBy(() -> withSettings(Map.of(JdkHttpTransportProvider.HTTP_VERSION, "3")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("allowed: auto, 1.1, 2");
        for (String wrong : List.of("soon", "2", "-1s", "0ms", "ms")) {
            assertThatThrownBy(() -> withSettings(Map.of(JdkHttpTransportProvider.CONNECT_TIMEOUT, wrong)))
                    .as(wrong)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(JdkHttpTransportProvider.CONNECT_TIMEOUT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "25d", "PT876000H", "9223372036854775807s"})
    @DisplayName("refuses a connect timeout that is none or that no timer holds")
    void connectTimeout_outOfBounds_isRefused(String text) {
        assertThatThrownBy(() -> withSettings(Map.of(JdkHttpTransportProvider.CONNECT_TIMEOUT, text)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(JdkHttpTransportProvider.CONNECT_TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "2s", "PT2S"})
    @DisplayName("takes a connect timeout in each of its forms")
    void connectTimeout_isRead(String text) throws Exception {
        try (HttpTransport transport = withSettings(Map.of(JdkHttpTransportProvider.CONNECT_TIMEOUT, text))) {
            assertThat(transport
                            .newCall(request("GET", Headers.empty(), null))
                            .execute()
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 3, false, true",
        "127.0.0.1, 20000, false, false",
        "127.0.0.1, 3, true, false",
        "localhost, 3, false, false"
    })
    @DisplayName("needs no worker for a short exchange of which nothing may block")
    void plainExchange_needsNoWorker(String host, int bytes, boolean streamed, boolean without) throws Exception {
        SystemTime system = SystemTime.shared();
        AtomicInteger handedOver = new AtomicInteger();
        Executor workers = task -> {
            handedOver.incrementAndGet();
            system.workers().execute(task);
        };
        URI uri = URI.create("http://" + host + ":" + server.getAddress().getPort());
        TransportRequest buffered = new TransportRequest(
                "POST", ServiceInstance.of("own", uri), "/", Headers.empty(), new byte[bytes], AMPLE_NANOS, 1000);
        try (HttpTransport transport = JdkHttpTransport.builder()
                .build(new ProviderContext(system, system, system, RandomSource.system(), workers, name -> null))) {
            for (int i = 0; i < 3; i++) {
                transport
                        .newCall(streamed ? buffered.withStreamedResponse() : buffered)
                        .execute();
            }
        }

        assertThat(handedOver.get() == 0).isEqualTo(without);
    }

    @Test
    @DisplayName("lets go of an exchange that cannot be watched, so that later ones need no worker still")
    void unwatchedExchange_isLetGo() throws Exception {
        SystemTime system = SystemTime.shared();
        AtomicInteger timers = new AtomicInteger();
        AtomicInteger handedOver = new AtomicInteger();
        DelayScheduler failingOnce = (task, delay) -> {
            if (timers.getAndIncrement() == 0) {
                throw new IllegalStateException("no timer");
            }
            return system.schedule(task, delay);
        };
        Executor workers = task -> {
            handedOver.incrementAndGet();
            system.workers().execute(task);
        };
        URI byName = URI.create("http://localhost:" + server.getAddress().getPort());
        try (HttpTransport transport = JdkHttpTransport.builder()
                .build(new ProviderContext(
                        system, failingOnce, system, RandomSource.system(), workers, name -> null))) {
            TransportRequest unwatched = new TransportRequest(
                    "GET", ServiceInstance.of("own", byName), "/", Headers.empty(), null, AMPLE_NANOS, 1000);
            assertThatThrownBy(() -> transport.newCall(unwatched).execute()).hasMessage("no timer");

            transport.newCall(request("GET", Headers.empty(), null)).execute();
        }

        assertThat(handedOver).hasValue(0);
    }

    @Test
    @DisplayName("waits by the waiter that it is lent where a blocking exchange goes by way of a future")
    void waryExchange_waitsByTheWaiter() throws Exception {
        SystemTime system = SystemTime.shared();
        AtomicInteger waits = new AtomicInteger();
        Waiter waiter = new Waiter() {
            @Override
            public void await(Future<?> future) throws InterruptedException {
                waits.incrementAndGet();
                system.await(future);
            }

            @Override
            public boolean await(Future<?> future, long nanos) throws InterruptedException {
                return system.await(future, nanos);
            }
        };
        try (GarbageServer garbage = new GarbageServer();
                HttpTransport transport = JdkHttpTransport.builder()
                        .build(new ProviderContext(
                                system, system, waiter, RandomSource.system(), system.workers(), name -> null))) {
            assertThatThrownBy(() -> transport.newCall(toGarbage(garbage)).execute())
                    .isInstanceOf(ExchangeException.class);
            assertThat(waits).hasValue(0);

            transport.newCall(request("GET", Headers.empty(), null)).execute();
        }

        assertThat(waits).hasValue(1);
    }

    @Test
    @DisplayName("uses a client that is handed in, and leaves it open")
    void ownClient_staysOpen() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        try (HttpTransport first = JdkHttpTransport.builder().client(client).build()) {
            first.newCall(request("GET", Headers.empty(), null)).execute();
        }
        try (HttpTransport second = JdkHttpTransport.builder().client(client).build()) {
            second.newCall(request("GET", Headers.empty(), null)).execute();
        }
        assertThat(seen).hasSize(2);
    }

    @Test
    @DisplayName("refuses a client that follows redirects")
    void ownClient_mustNotFollowRedirects() {
        HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();

        assertThatThrownBy(() -> JdkHttpTransport.builder().client(client))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("Redirect.NEVER");
    }

    @Test
    @DisplayName("refuses a client with an authenticator, which would send a POST again after a 401")
    void ownClient_mustNotAuthenticate() {
        HttpClient client =
                HttpClient.newBuilder().authenticator(new Authenticator() {}).build();

        assertThatThrownBy(() -> JdkHttpTransport.builder().client(client))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("Authenticator");
    }

    @Test
    @DisplayName("refuses a client that keeps cookies, which all calls would share")
    void ownClient_mustNotKeepCookies() {
        HttpClient client =
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

        assertThatThrownBy(() -> JdkHttpTransport.builder().client(client))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("CookieHandler");
    }

    private static TransportRequest toGarbage(GarbageServer server) {
        return new TransportRequest(
                "POST", ServiceInstance.of("own", server.uri()), "/", Headers.empty(), new byte[3], AMPLE_NANOS, 1000);
    }

    private static void awaitAtMostOpen(GarbageServer server, int most) throws InterruptedException {
        long until = SystemTime.shared().nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (server.open() > most && SystemTime.shared().nanoTime() - until < 0) {
            SystemTime.shared().await(new CompletableFuture<>(), TimeUnit.MILLISECONDS.toNanos(2));
        }
        assertThat(server.open()).isLessThanOrEqualTo(most);
    }

    @Test
    @DisplayName("closes the connections of asynchronous exchanges with a server that does not speak HTTP")
    void garbage_async_leavesNothingOpen() throws Exception {
        try (GarbageServer server = new GarbageServer();
                HttpTransport transport = JdkHttpTransport.builder().build()) {
            for (int i = 0; i < 10; i++) {
                Throwable failure = transport
                        .newCall(toGarbage(server))
                        .executeAsync()
                        .handle((response, thrown) -> thrown)
                        .get(15, TimeUnit.SECONDS);
                assertThat(((ExchangeException) failure).kind()).isEqualTo(FailureKind.PROTOCOL_ERROR);
            }
            awaitAtMostOpen(server, 0);
        }
    }

    @Test
    @DisplayName("forgets one connection at most of blocking exchanges with a server that does not speak HTTP")
    void garbage_blocking_leavesOneOpen() throws Exception {
        try (GarbageServer server = new GarbageServer();
                HttpTransport transport = JdkHttpTransport.builder().build()) {
            for (int i = 0; i < 10; i++) {
                ExchangeException failure = catchThrowableOfType(
                        ExchangeException.class,
                        () -> transport.newCall(toGarbage(server)).execute());
                assertThat(failure.kind()).isEqualTo(FailureKind.PROTOCOL_ERROR);
            }
            awaitAtMostOpen(server, 1);

            TransportCall next = transport.newCall(toGarbage(server));
            Thread.currentThread().interrupt();
            assertThatThrownBy(next::execute).isInstanceOf(InterruptedException.class);
        }
    }
}
