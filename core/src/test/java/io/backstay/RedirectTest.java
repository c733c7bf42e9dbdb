package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.TransportRequest;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RedirectTest {

    private final Fixture fixture =
            new Fixture(Fixture.noBreaker().maxRedirects(3).build(), Step.ok("there"));

    private static Step moved(int status, String location) {
        return Step.status(status, "", "Location", location);
    }

    private TransportRequest sent(int index) {
        return fixture.transport.requests.get(index);
    }

    @ParameterizedTest
    @EnumSource
    void redirection_byDefault_isTheAnswerAndNotFollowed(Mode mode) {
        Fixture plain = Fixture.answering(moved(302, "/there"), Step.ok("there"));

        CallException failure = mode.failure(plain.users.get("/here"), plain.time);

        assertThat(failure)
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        status -> assertThat(status.status()).isEqualTo(302));
        assertThat(plain.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void redirection_isFollowedRelativeToTheBasePath_withQueryAndFields(Mode mode) {
        fixture.transport.then(moved(302, "../there?x=1#part"), Step.ok("there"));

        assertThat(mode.text(fixture.users.get("/a/b").header("Authorization", "secret"), fixture.time)
                        .orElseThrow())
                .isEqualTo("there");

        assertThat(sent(1).uri()).hasToString("http://one:8001/there?x=1");
        assertThat(sent(1).headers()).isEqualTo(sent(0).headers());
    }

    @ParameterizedTest
    @EnumSource
    void redirection_toAnotherOrigin_takesNoCredentialsAlong(Mode mode) {
        fixture.transport.then(moved(307, "https://elsewhere/there"), Step.ok("there"));
        ServiceRequest request = fixture.users
                .get("/here")
                .header("Authorization", "secret")
                .header("Cookie", "secret")
                .header("X-Own", "secret")
                .header("Accept", "text/plain");

        assertThat(mode.text(request, fixture.time).orElseThrow()).isEqualTo("there");

        assertThat(sent(1).uri()).hasToString("https://elsewhere/there");
        assertThat(sent(1).headers()).isEqualTo(Headers.of("Accept", "text/plain", "Accept-Encoding", "gzip"));
    }

    @ParameterizedTest
    @CsvSource({"301,GET", "302,GET", "303,GET", "307,POST", "308,POST"})
    void post_becomesGetByTheStatus(int status, String method) {
        fixture.transport.then(moved(status, "/there"), Step.ok("there"));

        fixture.users.post("/here").body("text", "text/plain").as(String.class);

        assertThat(sent(1).method()).isEqualTo(method);
        assertThat(sent(1).body() != null).isEqualTo(method.equals("POST"));
        assertThat(sent(1).headers().contains("Content-Type")).isEqualTo(method.equals("POST"));
    }

    @ParameterizedTest
    @EnumSource
    void redirectionThatComesWhenNoTimeIsLeft_isATimeout_andNotTheAnswer(Mode mode) {
        Fixture late = new Fixture(Fixture.noBreaker()
                .maxRedirects(3)
                .attemptTimeout(Duration.ofSeconds(1))
                .build());
        late.transport.by(request -> {
            late.time.advance(Duration.ofSeconds(1));
            return moved(302, "/there");
        });

        CallException failure = mode.failure(late.users.get("/here"), late.time);

        assertThat(failure.kind()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(late.transport.requests)
                .allSatisfy(request -> assertThat(request.uri().getPath()).endsWith("/here"));
    }

    @ParameterizedTest
    @EnumSource
    void redirections_areBounded_andTheLastIsTheAnswer(Mode mode) {
        fixture.transport.then(moved(302, "/round"));

        CallException failure = mode.failure(fixture.users.get("/here"), fixture.time);

        assertThat(failure).hasMessageContaining("302");
        assertThat(fixture.transport.count()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://one/there",
        "http://user:secret@elsewhere/there",
        "http://:80/",
        "http://one:0/there",
        "http://one:70000/there",
        "http://a b/",
        "mailto:x"
    })
    void location_thatCannotBeGoneTo_isNotFollowed(String location) {
        fixture.transport.then(moved(302, location), Step.ok("there"));

        assertThatThrownBy(() -> fixture.users.get("/here").as(String.class)).isInstanceOf(HttpStatusException.class);

        assertThat(fixture.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void redirection_fromHttpsToHttp_isNotFollowed(Mode mode) {
        fixture.transport.then(moved(302, "https://elsewhere/"), moved(302, "http://elsewhere/"), Step.ok("there"));

        assertThat(mode.failure(fixture.users.get("/here"), fixture.time)).hasMessageContaining("302");

        assertThat(fixture.transport.count()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void redirection_ofAStreamedBody_isNotFollowedWhereTheBodyWouldGoAgain(Mode mode) {
        fixture.transport.then(moved(307, "/there"), Step.ok("there"));
        ServiceRequest upload = fixture.users.put("/here").body(BodySource.of(() -> InputStream.nullInputStream()));

        assertThat(mode.failure(upload, fixture.time)).hasMessageContaining("307");

        assertThat(fixture.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void redirections_shareTheTimeOfOneAttempt(Mode mode) {
        fixture.transport.by(request -> moved(302, "/round").after(Duration.ofSeconds(4)));
        ServiceRequest request = fixture.users.get("/here").deadline(Duration.ofSeconds(10));

        assertThat(mode.failure(request, fixture.time)).isInstanceOf(CallTimeoutException.class);

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @EnumSource
    void redirection_ofAStream_closesTheOneBefore(Mode mode) {
        ScriptedBody before = new ScriptedBody(fixture.time).silence();
        ScriptedBody after = new ScriptedBody(fixture.time).piece(Duration.ZERO, "there");
        fixture.transport.then(Step.streams(302, before, "Location", "/there"), Step.streams(200, after));

        Result<StreamedResponse> result = mode.result(fixture.users.get("/here"), StreamedResponse.class, fixture.time);

        assertThat(result.orElseThrow().lines()).containsExactly("there");
        assertThat(before.closed).isTrue();
    }
}
