package io.backstay;

import io.backstay.ScriptedTransport.Step;
import jakarta.validation.constraints.NotBlank;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What cannot be sent is refused where it is said, and nothing leaves. */
class InvalidRequestTest {

    private final Fixture fixture = Fixture.answering(Step.ok("{}"));
    private final ServiceClient users = fixture.users;

    @AfterEach
    void nothingWasSent() {
        assertThat(fixture.transport.count()).isZero();
    }

    private static void refused(ThrowingCallable misuse, String... partsOfTheMessage) {
        assertThatThrownBy(misuse)
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContainingAll(partsOfTheMessage);
    }

    /** Misuse is thrown to whoever sends, in every way of sending. */
    private static void refusedWhenSent(ServiceRequest request, String... partsOfTheMessage) {
        refused(request::execute, partsOfTheMessage);
        refused(request::executeAsync, partsOfTheMessage);
        refused(() -> request.result(String.class), partsOfTheMessage);
        refused(() -> request.resultAsync(String.class), partsOfTheMessage);
    }

    @Test
    void pathTemplate_mustBeWellFormed() {
        refused(() -> users.get(null), "path template", "slash");
        refused(() -> users.get("users"), "path template", "slash");
        refused(() -> users.get("/users/{id"), "{ without its }");
        refused(() -> users.get("/users/id}"), "} without its {");
        refused(() -> users.get("/users/{}"), "parameter {}");
        refused(() -> users.get("/users/{id}/{id}", 1, 2), "{id} twice");
        refused(() -> users.get("/users?q=x"), "goes on with a ?", "query(name, value)");
        refused(() -> users.get("/users#x"), "goes on with a #");
        assertThatThrownBy(() -> users.get("/users?token=s3cret")).hasMessageNotContaining("s3cret");
        refused(() -> users.get("/us ers"), "U+0020");
        refused(() -> users.get("/us\r\ners"), "U+000D");
        refused(() -> users.get("/größe"), "U+00F6");
        refused(() -> users.get("/a/../b"), "dots only");
        refused(() -> users.get("/a/%2e%2E/b"), "dots only");
    }

    @Test
    void pathParameters_mustBeThereAndStayInTheirSegment() {
        refused(() -> users.get("/users/{id}"), "1 parameters [id]", "0 values");
        refused(() -> users.get("/users/{id}", 1, 2), "2 values");
        refused(() -> users.get("/users/{id}", (Object) null), "path parameter id", "null");
        refused(() -> users.get("/users/{id}", (Object[]) null), "null was given");
        refused(() -> users.get("/users/{id}", ""), "path parameter id", "empty");
        refused(() -> users.get("/users/{id}", ".."), "path parameter id", "dots");
        refused(() -> users.get("/users/{id}", "../admin"), "path parameter id", "dots");
        refused(() -> users.get("/users/{id}", "%2e%2e%2fadmin"), "path parameter id", "dots");
        refused(() -> users.get("/users/{id}", "..\\admin"), "path parameter id", "dots");
        refused(() -> users.get("/users/{id}", "a/./b"), "path parameter id", "dots");
        refused(() -> users.get("/users/{id}", "a\nb"), "path parameter id", "U+000A");
        refused(() -> users.get("/users/{id}", "a\0b"), "path parameter id", "U+0000");
        refused(() -> users.get("/users/{id}", List.of(1)), "path parameter id", "not a single value");
        refused(() -> users.get("/users/{id}", (Object) new int[] {1}), "path parameter id", "not a single value");
        refused(() -> users.get("/users/{id}", Optional.of(1)), "path parameter id", "not a single value");
    }

    @Test
    void query_mustHaveNameAndValue() {
        refused(() -> users.get("/users").query("", 1), "query parameter name");
        refused(() -> users.get("/users").query(null, 1), "query parameter name");
        refused(() -> users.get("/users").query("q", null), "query parameter q", "null");
        refused(() -> users.get("/users").query("q", new int[] {1}), "query parameter q", "not a single value");
        refused(() -> users.get("/users").query("q", Map.of()), "query parameter q", "not a single value");
    }

    @Test
    void headers_mustBeTokensAndVisibleAsciiAndNeverShowTheirValue() {
        ServiceRequest request = users.get("/users");
        refused(() -> request.header("", "x"), "header name", "empty");
        refused(() -> request.header(null, "x"), "header name");
        refused(() -> request.header("X Name", "x"), "header name", "U+0020");
        refused(() -> request.header("X-Näme", "x"), "header name", "U+00E4");
        refused(() -> request.header("X-Name", null), "header X-Name", "null");
        refused(() -> request.header("X-Name", "a\r\nSet-Cookie: b"), "header X-Name", "U+000D at position 1");
        refused(() -> request.header("X-Name", "naïve"), "header X-Name", "U+00EF at position 2");
        refused(() -> request.header("content-length", "5"), "header Content-Length", "belongs to the transport");
        refused(() -> request.header("Transfer-Encoding", "chunked"), "header Transfer-Encoding");
        refused(() -> request.header("Proxy-Authorization", "Basic s3cret"), "header Proxy-Authorization");
        refused(() -> request.header("Content-Type", "text/xml"), "header Content-Type", "body(value, mediaType)");
        refused(
                () -> request.headers(Headers.received(Map.of("X-A", List.of("v\r\nEvil: 1")))),
                "header X-A",
                "U+000D");
        assertThatThrownBy(() -> request.header("Authorization", "Bearer s3cret\n"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void body_isOnlyForMethodsThatHaveOne() {
        refused(() -> users.get("/users").body("x"), "body", "GET", "POST, PUT, PATCH");
        refused(() -> users.head("/users").body("x"), "body", "HEAD");
        refused(() -> users.delete("/users").body("x"), "body", "DELETE");
        refused(() -> users.options("/users").form(Map.of("a", "b")), "body", "OPTIONS");
    }

    @Test
    void body_mustBeEncodable() {
        refused(() -> users.post("/users").body(null), "body", "null");
        refused(() -> users.post("/users").form(null), "form", "null");
        refused(() -> users.post("/users").form(Collections.singletonMap("a", null)), "form field a", "null");
        refused(() -> users.post("/users").body("x", "json"), "media type json", "type/subtype");
        refused(() -> users.post("/users").body("x", "text/plain\r\nX: y"), "header Content-Type", "U+000D");
        refusedWhenSent(users.post("/users").body(Map.of(), "application/cbor"), "application/cbor", "no codec");
        refusedWhenSent(users.post("/users").body(new Object(), "text/plain"), "text/plain", "CharSequence");
        refusedWhenSent(users.post("/users").body(new Loop()), "application/json", "Loop");
    }

    @Test
    void body_mustNotBeLargerThanThePolicyAllows() {
        Fixture small = new Fixture(Fixture.noBreaker().maxRequestBytes(10).build(), Step.ok(""));

        refusedWhenSent(
                small.users.post("/users").body(new byte[11], "application/octet-stream"),
                "body has 11 B",
                "max-request-bytes",
                "10 B");
        refusedWhenSent(small.users.post("/users").body("12345678901", "text/plain"), "11 B");
        assertThat(small.transport.count()).isZero();
    }

    @Test
    void body_isValidatedByJakartaValidationWhereItIsPresent() {
        refusedWhenSent(
                users.post("/users").body(new NewUser(" ", "s3cret")), "body is not valid: name breaks NotBlank");
        assertThatThrownBy(() ->
                        users.post("/users").body(new NewUser("", "s3cret")).execute())
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void body_isValidatedByTheUsersValidatorInstead() {
        Fixture strict = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.validator(body -> {
                    throw new InvalidRequestException("body", "is never good enough");
                }),
                Step.ok(""));

        refusedWhenSent(strict.users.post("/users").body(new NewUser("ada", "x")), "never good enough");
    }

    @Test
    void optionsOfARequest_mustBeInRange() {
        ServiceRequest request = users.get("/users");
        assertThatThrownBy(() -> request.deadline(Duration.ZERO))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("deadline cannot be 0 s; allowed: from 1 ms to 86400 s");
        assertThatThrownBy(() -> request.attemptTimeout(Duration.ofSeconds(-1)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("attempt-timeout cannot be -1 s");
        refused(() -> request.acceptStatus(200), "accepted status", "300 to 599");
        refused(() -> request.as((Class<String>) null), "wanted type", "null");
        refused(() -> request.resultAsync((Class<String>) null), "wanted type", "null");
    }

    record NewUser(@NotBlank String name, String password) {}

    record Loop() {
        public Loop self() {
            return this;
        }

        @SuppressWarnings("DoNotCallSuggester")
        public String getBroken() {
            throw new IllegalStateException("no");
        }
    }
}
