package io.backstay.http.okhttp;

import com.sun.net.httpserver.HttpServer;
import io.backstay.ConfigurationException;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransport.Capability;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("OkHttp, in what is its own")
class OkHttpTransportTest {

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private final List<Headers> seen = new CopyOnWriteArrayList<>();
    private final List<InetSocketAddress> callers = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile Headers answer = Headers.empty();
    private volatile byte[] answerBody = HELLO;
    private volatile CountDownLatch together = new CountDownLatch(0);
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        server.setExecutor(SystemTime.shared().workers());
        server.createContext("/", exchange -> {
            try (exchange) {
                seen.add(Headers.received(exchange.getRequestHeaders()));
                callers.add(exchange.getRemoteAddress());
                exchange.getRequestBody().readAllBytes();
                together.countDown();
                awaitAll();
                answer.forEach(exchange.getResponseHeaders()::add);
                exchange.sendResponseHeaders(status, answerBody.length);
                exchange.getResponseBody().write(answerBody);
            }
        });
        server.start();
    }

    private void awaitAll() throws IOException {
        try {
            if (!together.await(15, TimeUnit.SECONDS)) {
                throw new IOException("the others did not come");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private URI uri(String host) {
        return URI.create("http://" + host + ":" + server.getAddress().getPort());
    }

    private TransportRequest request(String method, String target, Headers headers, byte[] body) {
        return new TransportRequest(
                method,
                ServiceInstance.of("own", uri("127.0.0.1")),
                target,
                headers,
                body,
                Duration.ofSeconds(15).toNanos(),
                1000);
    }

    private TransportRequest get() {
        return request("GET", "/", Headers.empty(), null);
    }

    private static HttpTransport withSettings(Map<String, String> settings) {
        SystemTime system = SystemTime.shared();
        return new OkHttpTransportProvider()
                .create(new ProviderContext(
                        system, system, system, RandomSource.system(), system.workers(), settings::get));
    }

    private static HttpTransport over(OkHttpClient client) {
        return OkHttpTransport.builder().client(client).build();
    }

    private static Throwable failureOf(CompletableFuture<TransportResponse> future) {
        return future.orTimeout(15, TimeUnit.SECONDS)
                .handle((response, thrown) -> thrown)
                .join();
    }

    @Test
    @DisplayName("is found by its name")
    void provider_isRegistered() {
        assertThat(ServiceLoader.load(HttpTransportProvider.class))
                .singleElement()
                .satisfies(provider -> assertThat(provider.name()).isEqualTo("okhttp"));
    }

    @ParameterizedTest
    @CsvSource({"503, 0", "503, 1", "408, 0", "421, 0", "407, 0", "401, 0"})
    @DisplayName("hands on a status that OkHttp acts upon, with its fields, and asks once")
    void status_isNotActedOn(int code, String retryAfter) throws Exception {
        status = code;
        answer = Headers.of("Retry-After", retryAfter, "X-Other", "o");
        try (HttpTransport transport = OkHttpTransport.builder().build()) {
            TransportResponse first = transport
                    .newCall(request("POST", "/", Headers.empty(), HELLO))
                    .execute();
            TransportResponse later = transport.newCall(get()).executeAsync().get(15, TimeUnit.SECONDS);

            for (TransportResponse response : List.of(first, later)) {
                assertThat(response.status()).isEqualTo(code);
                assertThat(response.headers().first("Retry-After")).contains(retryAfter);
                assertThat(response.headers().first("X-Other")).contains("o");
                assertThat(response.body()).isEqualTo(HELLO);
            }
            assertThat(seen).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("makes 100 asynchronous exchanges at once with one host, over a client of the user's as well")
    void async_isNotLimited(boolean given) {
        together = new CountDownLatch(100);
        try (HttpTransport transport =
                given ? over(new OkHttpClient()) : OkHttpTransport.builder().build()) {
            List<CompletableFuture<TransportResponse>> futures = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                futures.add(transport.newCall(get()).executeAsync());
            }

            assertThat(futures)
                    .allSatisfy(future -> assertThat(
                                    future.get(15, TimeUnit.SECONDS).status())
                            .isEqualTo(200));
        }
    }

    @Test
    @DisplayName("blocks its caller's own thread")
    void execute_runsOnItsCaller() throws Exception {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        OkHttpClient client = new OkHttpClient.Builder()
                .addNetworkInterceptor(chain -> {
                    threads.add(Thread.currentThread());
                    return chain.proceed(chain.request());
                })
                .build();
        try (HttpTransport transport = over(client)) {
            transport.newCall(get()).execute();

            assertThat(threads).containsExactly(Thread.currentThread());
        }
    }

    @Test
    @DisplayName("leaves a client that was handed in open, and shares its connections")
    void givenClient_staysOpen() throws Exception {
        OkHttpClient client = new OkHttpClient();
        try (HttpTransport transport = over(client)) {
            transport.newCall(get()).execute();
        }
        assertThat(client.connectionPool().connectionCount()).isOne();

        try (Response response = client.newCall(
                        new Request.Builder().url(uri("127.0.0.1").toString()).build())
                .execute()) {
            assertThat(response.code()).isEqualTo(200);
        }
        assertThat(client.dispatcher().executorService().isShutdown()).isFalse();
        assertThat(callers).hasSize(2).containsOnly(callers.get(0));
    }

    @Test
    @DisplayName("bounds nothing that a client handed in reads for itself, over a connection that both have used")
    void givenClient_readsWhatItLikes() throws Exception {
        OkHttpClient client = new OkHttpClient();
        String large = "x".repeat(3_000_000);
        try (ScriptedServer both = new ScriptedServer(peer -> {
                    while (true) {
                        String body = peer.readHead().startsWith("GET /large") ? large : "hello";
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                    }
                });
                HttpTransport transport = over(client)) {
            ServiceInstance instance = ServiceInstance.of("both", both.uri());
            long patience = Duration.ofSeconds(15).toNanos();
            transport
                    .newCall(new TransportRequest("GET", instance, "/", Headers.empty(), null, patience, 1000))
                    .execute();

            try (Response response = client.newCall(
                            new Request.Builder().url(both.uri() + "/large").build())
                    .execute()) {
                assertThat(response.body().bytes()).hasSize(large.length());
            }
            assertThat(both.accepted()).isOne();
        }
    }

    @Test
    @DisplayName("calls it cancelled when the user cancels all calls of the dispatcher that was handed in")
    void givenDispatcher_cancels() throws Exception {
        together = new CountDownLatch(2);
        OkHttpClient client = new OkHttpClient();
        try (HttpTransport transport = over(client)) {
            CompletableFuture<TransportResponse> future =
                    transport.newCall(get()).executeAsync();
            while (seen.isEmpty()) {
                Thread.onSpinWait();
            }

            client.dispatcher().cancelAll();

            assertThat(failureOf(future))
                    .isInstanceOfSatisfying(
                            ExchangeException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED));
            together.countDown();
        }
    }

    @Test
    @DisplayName("neither asks for gzip nor decodes it")
    void gzip_isLeftAlone() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(HELLO);
        }
        answer = Headers.of("Content-Encoding", "gzip");
        answerBody = packed.toByteArray();
        try (HttpTransport transport = OkHttpTransport.builder().build()) {
            TransportResponse unasked = transport.newCall(get()).execute();
            TransportResponse asked = transport
                    .newCall(request("GET", "/", Headers.of("Accept-Encoding", "gzip"), null))
                    .execute();
            transport
                    .newCall(request("GET", "/", Headers.of("Accept-Encoding", "identity"), null))
                    .execute();

            for (TransportResponse response : List.of(unasked, asked)) {
                assertThat(response.body()).isEqualTo(answerBody);
                assertThat(response.headers().first("Content-Encoding")).contains("gzip");
                assertThat(response.headers().first("Content-Length")).contains(String.valueOf(answerBody.length));
            }
            assertThat(seen.get(0).contains("Accept-Encoding")).isFalse();
            assertThat(seen.get(1).all("Accept-Encoding")).containsExactly("gzip");
            assertThat(seen.get(2).all("Accept-Encoding")).containsExactly("identity");
        }
    }

    @Test
    @DisplayName("adds nothing to the request but its host, its length and OkHttp's name")
    void request_hasNoAdditions() throws Exception {
        try (HttpTransport transport = OkHttpTransport.builder().build()) {
            transport.newCall(get()).execute();
            transport.newCall(request("POST", "/", Headers.empty(), null)).execute();
            transport
                    .newCall(request("GET", "/", Headers.of("User-Agent", "mine"), null))
                    .execute();

            assertThat(seen.get(0).toMap()).containsOnlyKeys("Host", "User-agent");
            assertThat(seen.get(1).toMap()).containsOnlyKeys("Host", "User-agent", "Content-length");
            assertThat(seen.get(1).first("Content-Length")).contains("0");
            assertThat(seen.get(2).all("User-Agent")).containsExactly("mine");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection", "content-length", "Expect", "Host", "Transfer-Encoding", "Upgrade"})
    @DisplayName("refuses header fields that are its own, names them, and sends nothing")
    void restrictedHeader_isRefused(String name) {
        ExchangeException failure = assertRefused(request("GET", "/", Headers.of(name, "secret"), null));

        assertThat(failure.getMessage()).containsIgnoringCase(name).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a/../b", "/a/%2e%2E/b", "/./a", "/a/.."})
    @DisplayName("refuses a path that OkHttp would change")
    void dotSegments_areRefused(String target) {
        assertThat(assertRefused(request("GET", target, Headers.empty(), null))).hasMessageNotContaining("/a");
    }

    @Test
    @DisplayName("refuses a GET with a body, which OkHttp does not send")
    void getWithBody_isRefused() {
        assertRefused(request("GET", "/", Headers.empty(), HELLO));
    }

    private ExchangeException assertRefused(TransportRequest request) {
        try (HttpTransport transport = OkHttpTransport.builder().build()) {
            ExchangeException failure = catchThrowableOfType(
                    ExchangeException.class, () -> transport.newCall(request).execute());

            assertThat(failure.kind()).isEqualTo(FailureKind.UNEXPECTED);
            assertThat(failure.mayHaveBeenSent()).isFalse();
            assertThat(failureOf(transport.newCall(request).executeAsync()))
                    .isExactlyInstanceOf(ExchangeException.class)
                    .hasMessage(failure.getMessage());
            assertThat(seen).isEmpty();
            return failure;
        }
    }

    @Test
    @DisplayName("tries the other addresses of a host while it connects, and sends the request once")
    void otherAddresses_areTried() throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(host ->
                        List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 99}), InetAddress.getLoopbackAddress()))
                .build();
        TransportRequest request = new TransportRequest(
                "POST",
                ServiceInstance.of("own", uri("two-addresses.test")),
                "/",
                Headers.empty(),
                HELLO,
                Duration.ofSeconds(15).toNanos(),
                1000);
        try (HttpTransport transport = over(client)) {
            assertThat(transport.newCall(request).execute().status()).isEqualTo(200);
            assertThat(seen).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CANCELLED", "CONNECT_TIMEOUT"})
    @DisplayName("ends an asynchronous exchange at once while a name is still looked up")
    void lookUp_holdsUpNothing(FailureKind kind) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch found = new CountDownLatch(1);
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(host -> {
                    asked.countDown();
                    while (found.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    return List.of(InetAddress.getLoopbackAddress());
                })
                .build();
        Duration timeout = kind == FailureKind.CANCELLED ? Duration.ofSeconds(60) : Duration.ofMillis(100);
        TransportRequest request = new TransportRequest(
                "GET",
                ServiceInstance.of("own", uri("slow-name.test")),
                "/",
                Headers.empty(),
                null,
                timeout.toNanos(),
                1000);
        try (HttpTransport transport = over(client)) {
            TransportCall call = transport.newCall(request);
            CompletableFuture<TransportResponse> future = call.executeAsync();
            assertThat(asked.await(15, TimeUnit.SECONDS)).isTrue();
            if (kind == FailureKind.CANCELLED) {
                call.cancel();
            }

            assertThat(failureOf(future)).isInstanceOfSatisfying(ExchangeException.class, failure -> {
                assertThat(failure.kind()).isEqualTo(kind);
                assertThat(failure.mayHaveBeenSent()).isFalse();
            });
        } finally {
            found.countDown();
        }
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("says what it can do by the protocols of its client")
    void capabilities_followTheProtocols() {
        OkHttpClient old =
                new OkHttpClient.Builder().protocols(List.of(Protocol.HTTP_1_1)).build();
        try (HttpTransport own = OkHttpTransport.builder().build();
                HttpTransport given = over(old)) {
            assertThat(own.capabilities()).containsExactly(Capability.HTTP_2);
            assertThat(given.capabilities()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "2", "-1s", "0ms", "ms", "PT600H"})
    @DisplayName("refuses a connect timeout that means nothing, and says which setting it is")
    void connectTimeout_isChecked(String wrong) {
        assertThatThrownBy(() -> withSettings(Map.of(OkHttpTransportProvider.CONNECT_TIMEOUT, wrong)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(OkHttpTransportProvider.CONNECT_TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "2s", "PT2S", "PT0.0001S"})
    @DisplayName("takes a connect timeout in each of its forms")
    void connectTimeout_isRead(String text) throws Exception {
        // The smallest counts as a millisecond, which need not do: it must only be taken.
        try (HttpTransport transport = withSettings(Map.of(OkHttpTransportProvider.CONNECT_TIMEOUT, text))) {
            assertThat(transport).isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "backstay.transport.okhttp.idle-connections, many",
        "backstay.transport.okhttp.idle-connections, -1",
        "backstay.transport.okhttp.idle-connections, 100001",
        "backstay.transport.okhttp.idle-connections, 9999999999",
        "backstay.transport.okhttp.keep-alive, soon",
        "backstay.transport.okhttp.keep-alive, 0s",
        "backstay.transport.okhttp.keep-alive, 25h"
    })
    @DisplayName("refuses settings of the pool that mean nothing, and says which")
    void poolSettings_areChecked(String name, String wrong) {
        assertThatThrownBy(() -> withSettings(Map.of(name, wrong)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(name);
    }

    @ParameterizedTest
    @CsvSource({"idle-connections, 0", "keep-alive, 1ms", "idle-connections, 1"})
    @DisplayName("keeps as many idle connections as it is told, as long as it is told")
    void poolSettings_areKept(String name, String value) throws Exception {
        HttpTransport transport = withSettings(Map.of("backstay.transport.okhttp." + name, value));
        try (transport) {
            transport.newCall(get()).execute();

            int kept = value.equals("1") ? 1 : 0;
            ConnectionPool pool = ((OkHttpTransport) transport).client().connectionPool();
            ScriptedServer.await(() -> pool.connectionCount() == kept);
        }
    }
}
