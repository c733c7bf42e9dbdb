package io.backstay;

import io.backstay.ScriptedTransport.Step;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What goes out and what comes back. */
class AnswerTest {

    record User(long id, String name) {}

    @ParameterizedTest
    @EnumSource
    void json_goesOutAndComesBackAsObjects(Mode mode) {
        Fixture fixture = Fixture.answering(Step.ok("{\"id\":1,\"name\":\"ada\",\"more\":true}"));

        User made = mode.result(fixture.users.post("/users").body(new User(1, "ada")), User.class, fixture.time)
                .orElseThrow();

        assertThat(made).isEqualTo(new User(1, "ada"));
        var sent = fixture.transport.requests.get(0);
        assertThat(new String(sent.body(), StandardCharsets.UTF_8)).isEqualTo("{\"id\":1,\"name\":\"ada\"}");
        assertThat(sent.headers().first("content-type")).contains("application/json");
        assertThat(sent.headers().first("accept")).contains("application/json");
    }

    @Test
    void genericTypes_areGivenByTypeRef() {
        Fixture fixture = Fixture.answering(Step.ok("[{\"id\":1,\"name\":\"ada\"}]"));
        TypeRef<List<User>> type = new TypeRef<>() {};

        assertThat(fixture.users.get("/users").as(type)).containsExactly(new User(1, "ada"));
        assertThat(fixture.users.get("/users").result(type).orElseThrow()).hasSize(1);
        assertThat(fixture.users.get("/users").asAsync(type).join()).hasSize(1);
        assertThat(fixture.users.get("/users").resultAsync(type).join().hasValue())
                .isTrue();
        assertThat(fixture.users.get("/users").execute().as(type)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void textOctetsNothingAndTheRawResponse_needNoCodec(Mode mode) {
        Fixture fixture =
                Fixture.answering(Step.status(200, "größe", "Content-Type", "application/x-odd; charset=utf-8"));
        ServiceRequest request = fixture.users.get("/users");

        assertThat(mode.text(request, fixture.time).orElseThrow()).isEqualTo("größe");
        assertThat(mode.result(request, byte[].class, fixture.time).orElseThrow())
                .isEqualTo("größe".getBytes(StandardCharsets.UTF_8));
        assertThat(mode.result(request, Void.class, fixture.time).orElseThrow()).isNull();
        ServiceResponse response =
                mode.result(request, ServiceResponse.class, fixture.time).orElseThrow();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.text()).isEqualTo("größe");
        assertThat(response.instance().map(ServiceInstance::service)).contains("users");
        assertThat(response.toString()).doesNotContain("größe");
    }

    @ParameterizedTest
    @EnumSource
    void form_isEncodedAsBrowsersDo(Mode mode) {
        Fixture fixture = Fixture.answering(Step.ok(""));

        mode.text(fixture.users.post("/login").form(Map.of("user name", "ada & co")), fixture.time);

        var sent = fixture.transport.requests.get(0);
        assertThat(new String(sent.body(), StandardCharsets.US_ASCII)).isEqualTo("user+name=ada+%26+co");
        assertThat(sent.headers().first("Content-Type")).contains("application/x-www-form-urlencoded");
    }

    @Test
    void pathAndQuery_areEscapedAsUtf8() {
        Fixture fixture = Fixture.answering(Step.ok(""));

        fixture.users
                .get("/users/{name}/x;y/{id}", "a/b ü𝄞", 7)
                .query("q", "1&2=ü")
                .query("q", true)
                .execute();

        assertThat(fixture.transport.requests.get(0).target())
                .isEqualTo("/users/a%2Fb%20%C3%BC%F0%9D%84%9E/x;y/7?q=1%262%3D%C3%BC&q=true");
        assertThat(fixture.transport.requests.get(0).uri())
                .hasToString("http://one:8001/users/a%2Fb%20%C3%BC%F0%9D%84%9E/x;y/7?q=1%262%3D%C3%BC&q=true");
    }

    @Test
    void severalValues_areSeveralParametersOrFields() {
        Fixture fixture = Fixture.answering(Step.ok(""));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("z", List.of("a", "b"));
        fields.put("a", 1);

        fixture.users.get("/users").query("id", List.of(1, 2)).execute();
        fixture.users.post("/users").form(fields).execute();

        assertThat(fixture.transport.requests.get(0).target()).isEqualTo("/users?id=1&id=2");
        assertThat(new String(fixture.transport.requests.get(1).body(), StandardCharsets.US_ASCII))
                .isEqualTo("z=a&z=b&a=1");
    }

    @Test
    void textAndOctets_goOutAsTheyAreLabelled() {
        Fixture fixture = Fixture.answering(Step.ok(""));

        fixture.users.post("/a").body("ü", "text/plain; charset=iso-8859-1").execute();
        fixture.users.post("/a").body(new byte[] {1}).execute();

        assertThat(fixture.transport.requests.get(0).body()).containsExactly(0xFC);
        assertThat(fixture.transport.requests.get(1).headers().first("Content-Type"))
                .contains("application/octet-stream");
    }

    @Test
    void result_showsNoValueInItsText() {
        Fixture fixture = Fixture.answering(Step.ok("{\"access_token\":\"s3cret\"}"));

        assertThat(fixture.users.get("/token").result(String.class).toString()).isEqualTo("Success[java.lang.String]");
    }

    @Test
    void problemTitle_canForgeNoLogLine() {
        Fixture fixture = Fixture.answering(Step.status(
                400, "{\"title\":\"a\\nFAKE " + "x".repeat(500) + "\"}", "Content-Type", "application/problem+json"));

        assertThatThrownBy(() -> fixture.users.get("/x").execute())
                .satisfies(failure ->
                        assertThat(failure.getMessage()).doesNotContain("\n").hasSizeLessThan(320));
    }

    @Test
    void failures_surviveJavaSerialization() throws Exception {
        CallException failure = failure(404);
        var octets = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(octets)) {
            out.writeObject(failure);
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(octets.toByteArray()))) {
            HttpStatusException copy = (HttpStatusException) in.readObject();
            assertThat(copy.status()).isEqualTo(404);
            assertThat(copy.details().service()).isEqualTo("users");
        }
    }

    @Test
    void instances_areCalledInTurn_belowTheirBasePath() {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().balancer(BalancePolicy.ROUND_ROBIN).build(), Step.ok(""));

        for (int i = 0; i < 4; i++) {
            fixture.users.get("/users").execute();
        }

        assertThat(fixture.transport.requests)
                .extracting(request -> request.uri().toString())
                .containsExactly(
                        "http://one:8001/users",
                        "http://two:8002/base/users",
                        "http://one:8001/users",
                        "http://two:8002/base/users");
    }

    @ParameterizedTest
    @EnumSource
    void answer_thatCannotBeDecoded_isAFailureThatShowsNothingOfIt(Mode mode) {
        Fixture fixture = Fixture.answering(Step.ok("{\"id\":\"s3cret\"}"));

        Result<User> result = mode.result(fixture.users.get("/users/{id}", 1), User.class, fixture.time);

        assertThat(result).isInstanceOfSatisfying(Result.Failure.class, failure -> {
            assertThat(failure.cause()).isInstanceOf(DecodeException.class);
            assertThat(failure.cause()).hasMessageContainingAll("application/json", "User", "line 1", ".id");
            assertThat(failure.cause()).hasStackTraceContaining("DecodeException");
            assertThat(stackTrace(failure.cause())).doesNotContain("s3cret");
        });
    }

    private static String stackTrace(Throwable failure) {
        var text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @ParameterizedTest
    @EnumSource
    void answer_thatIsEmptyOrOfAnUnknownMediaType_isAFailure(Mode mode) {
        Fixture empty = Fixture.answering(Step.status(204, ""));
        Fixture unknown = Fixture.answering(Step.status(200, "x", "Content-Type", "application/cbor"));

        assertThatThrownBy(() -> mode.result(empty.users.get("/users"), User.class, empty.time)
                        .orElseThrow())
                .isInstanceOf(DecodeException.class)
                .hasMessageContaining("status 204 with an empty body");
        assertThatThrownBy(() -> mode.result(unknown.users.get("/users"), User.class, unknown.time)
                        .orElseThrow())
                .isInstanceOf(DecodeException.class)
                .hasMessageContaining("no codec for the media type application/cbor");
    }

    @ParameterizedTest
    @EnumSource
    void errorStatus_carriesProblemDetails(Mode mode) {
        Fixture fixture = Fixture.answering(Step.status(
                409,
                "{\"type\":\"https://x/taken\",\"title\":\"Name taken\",\"detail\":\"ada\",\"status\":\"odd\",\"name\":\"ada\"}",
                "Content-Type",
                "application/problem+json",
                "Retry-After",
                "3"));

        CallException failure = mode.failure(fixture.users.post("/users"), fixture.time);

        assertThat(failure).isInstanceOfSatisfying(HttpStatusException.class, answer -> {
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.isTransient()).isFalse();
            assertThat(answer.retryAfter()).contains(Duration.ofSeconds(3));
            Problem problem = answer.problemDetails().orElseThrow();
            assertThat(problem.type()).hasToString("https://x/taken");
            assertThat(problem.title()).contains("Name taken");
            assertThat(problem.detail()).contains("ada");
            assertThat(problem.status()).isEqualTo(409);
            assertThat(problem.extensions()).containsEntry("name", "ada");
            assertThat(answer).hasMessageContaining("answered 409 Name taken");
        });
    }

    @Test
    void errorStatus_withBrokenProblemDetails_isStillThatStatus() {
        Fixture fixture = Fixture.answering(Step.status(400, "{{", "Content-Type", "application/problem+json"));

        assertThatThrownBy(() -> fixture.users.get("/users").execute())
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        answer -> assertThat(answer.problemDetails()).isEmpty());
    }

    @Test
    void statuses_areTransientOrNot() {
        for (int status : List.of(408, 425, 429, 500, 502, 503, 504)) {
            assertThat(failure(status).isTransient()).as("%d", status).isTrue();
        }
        for (int status : List.of(302, 400, 401, 404, 422, 501, 505)) {
            assertThat(failure(status).isTransient()).as("%d", status).isFalse();
        }
        assertThat(failure(503)).isInstanceOf(ServiceUnavailableException.class);
        assertThat(failure(500)).isNotInstanceOf(ServiceUnavailableException.class);
    }

    private static CallException failure(int status) {
        Fixture fixture =
                new Fixture(Fixture.noBreaker().retry(RetryPolicy.never()).build(), Step.status(status, ""));
        return Mode.BLOCKING.failure(fixture.users.get("/users"), fixture.time);
    }

    @ParameterizedTest
    @EnumSource
    void acceptedStatus_isAnAnswer(Mode mode) {
        Fixture fixture = Fixture.answering(Step.status(404, "none"));

        ServiceResponse response = mode.result(
                        fixture.users.get("/users").acceptStatus(404), ServiceResponse.class, fixture.time)
                .orElseThrow();

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.text()).isEqualTo("none");
    }

    @Test
    void failures_areOfTheirClassAndKind() {
        assertThat(failure(FailureKind.CONNECT_FAILED))
                .isInstanceOf(TransportException.class)
                .isInstanceOf(ServiceUnavailableException.class);
        assertThat(failure(FailureKind.TIMEOUT)).isInstanceOf(CallTimeoutException.class);
        assertThat(failure(FailureKind.RESPONSE_TOO_LARGE).isTransient()).isFalse();
        assertThat(failure(FailureKind.UNEXPECTED)).isInstanceOf(UnexpectedCallException.class);
        assertThat(failure(FailureKind.CONNECT_FAILED).details().mayHaveReachedServer())
                .isFalse();
        assertThat(failure(FailureKind.CONNECTION_LOST).details().mayHaveReachedServer())
                .isTrue();
    }

    private static CallException failure(FailureKind kind) {
        Fixture fixture =
                new Fixture(Fixture.noBreaker().retry(RetryPolicy.never()).build(), Step.fails(kind));
        CallException failure = Mode.BLOCKING.failure(fixture.users.get("/users/{id}", 1), fixture.time);
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.details().service()).isEqualTo("users");
        assertThat(failure.details().instance()).contains("one:8001");
        assertThat(failure.details().method()).isEqualTo("GET");
        assertThat(failure.details().pathTemplate()).isEqualTo("/users/{id}");
        return failure;
    }

    @Test
    void asAsync_failsWithTheCallException() {
        Fixture fixture = Fixture.answering(Step.status(404, ""));

        assertThatThrownBy(
                        () -> fixture.users.get("/users").asAsync(String.class).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(HttpStatusException.class);
    }

    @Test
    void request_isAValueThatCanBeSentAgain() {
        Fixture fixture = Fixture.answering(Step.ok("ada"));
        ServiceRequest request = fixture.users.get("/users").header("X-A", "1");
        ServiceRequest other = request.header("X-A", "2").query("q", "x");

        request.execute();
        request.execute();
        other.execute();

        assertThat(fixture.transport.requests)
                .extracting(sent -> sent.target() + sent.headers().all("x-a"))
                .containsExactly("/users[1]", "/users[1]", "/users?q=x[2]");
    }
}
