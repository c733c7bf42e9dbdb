package io.backstay.registry;

import com.sun.net.httpserver.HttpServer;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.FakeStateServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Registration over a real socket, by the JDK's server. */
class RegistrationHandlerTest {

    private final FakeStateServer store = FakeStateServer.on(ProviderContext.system());
    private final Registry registry =
            Registry.builder(store.connect()).healthCheck(HealthCheck.none()).build();
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/services", new RegistrationHandler(registry));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        registry.close();
        store.close();
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api/services" + path);
        return client.send(
                HttpRequest.newBuilder(uri)
                        .timeout(Duration.ofSeconds(20))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void wholeLife_overHttp() throws Exception {
        HttpResponse<String> created =
                send("POST", "", "{\"service\":\"users\",\"id\":\"u1\",\"host\":\"one\",\"port\":80}");
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.headers().firstValue("Content-Type")).contains("application/json");
        String registration = InstanceJson.readObject(created.body().getBytes(StandardCharsets.UTF_8))
                .get("registration")
                .stringValue();
        assertThat(send("PUT", "/users/u1", "{\"registration\":\"" + registration + "\"}")
                        .statusCode())
                .isEqualTo(204);
        assertThat(send("DELETE", "/users/u1?registration=" + registration, "").statusCode())
                .isEqualTo(204);
        assertThat(send("PUT", "/users/u1", "{\"registration\":\"" + registration + "\"}")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void pathThatOnlyBeginsAlike_isNotHere() throws Exception {
        assertThat(send("GET", "/users", "").statusCode()).isEqualTo(200);
        assertThat(send("GET", "users", "").statusCode()).isEqualTo(404);
    }

    @Test
    void bodyThatIsTooLong_isRefused() throws Exception {
        assertThat(send("POST", "", "x".repeat(RegistrationEndpoint.MAX_BODY_BYTES + 1))
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void storeAway_tellsWhenToComeBack() throws Exception {
        store.stop();
        HttpResponse<String> answer =
                send("POST", "", "{\"service\":\"users\",\"id\":\"u1\",\"host\":\"one\",\"port\":80}");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    }
}
