package io.backstay;

import io.backstay.ScriptedTransport.Step;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class UploadTest {

    private final Fixture fixture = new Fixture(Fixture.retrying(3, Duration.ofSeconds(1)), Step.ok("kept"));

    @TempDir
    private Path directory;

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private Result<String> put(Mode mode, Object body) {
        return mode.text(fixture.users.put("/files/1").body(body), fixture.time);
    }

    @ParameterizedTest
    @EnumSource
    void file_isReadAsItIsSent_withItsLength(Mode mode) throws Exception {
        Path file = Files.writeString(directory.resolve("plan.txt"), "the plan");

        assertThat(put(mode, BodySource.of(file)).orElseThrow()).isEqualTo("kept");

        assertThat(fixture.transport.uploads).containsExactly("the plan");
        assertThat(fixture.transport.requests.get(0).bodySource().length()).hasValue(8);
        assertThat(fixture.transport.requests.get(0).body()).isNull();
        assertThat(fixture.transport.requests.get(0).headers().first("Content-Type"))
                .contains("application/octet-stream");
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatCanBeOpenedAgain_isRetried(Mode mode) {
        fixture.transport.then(Step.status(503, ""), Step.ok("kept"));

        assertThat(put(mode, BodySource.of(() -> stream("again"))).orElseThrow())
                .isEqualTo("kept");

        assertThat(fixture.transport.uploads).containsExactly("again", "again");
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatCanBeSentOnce_isNotRetriedOnceTouched(Mode mode) {
        fixture.transport.then(Step.status(503, ""), Step.ok("kept"));

        assertThat(put(mode, BodySource.of(stream("once")))).isInstanceOf(Result.Failure.class);

        assertThat(fixture.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatCanBeSentOnce_isRetriedWhileUntouched(Mode mode) {
        fixture.transport.then(Step.fails(FailureKind.CONNECT_FAILED), Step.ok("kept"));

        assertThat(put(mode, BodySource.of(stream("once"))).orElseThrow()).isEqualTo("kept");

        assertThat(fixture.transport.uploads).containsExactly("once");
    }

    @ParameterizedTest
    @EnumSource
    void sourceThatFails_failsTheCallAsItsOwnFault_andIsNotRetried(Mode mode) {
        IOException disk = new IOException("disk failure");
        BodySource broken = BodySource.of(() -> {
            throw disk;
        });

        Result<String> result = put(mode, broken);

        assertThatThrownBy(result::orElseThrow)
                .isInstanceOf(UnexpectedCallException.class)
                .hasMessageContaining("body could not be read")
                .hasCause(disk);
        assertThat(fixture.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void sourceOfAnotherLengthThanAnnounced_failsTheCall(Mode mode) {
        Result<String> shorter = put(mode, BodySource.of(() -> stream("short"), 10));
        Result<String> longer = put(mode, BodySource.of(() -> stream("far too long"), 10));

        assertThatThrownBy(shorter::orElseThrow).hasRootCauseMessage("the body has 5 B where 10 B were announced");
        assertThatThrownBy(longer::orElseThrow).hasRootCauseMessage("the body has more where 10 B were announced");
    }

    @Test
    void sourceLongerThanAnnounced_failsASenderThatReadsNoFurther() {
        for (int announced : new int[] {0, 3}) {
            AtomicInteger closed = new AtomicInteger();
            BodySource longer = BodySource.of(
                    () -> new ByteArrayInputStream(new byte[4]) {
                        @Override
                        public void close() {
                            closed.incrementAndGet();
                        }
                    },
                    announced);
            fixture.transport.by(request -> {
                try (InputStream body = request.bodySource().open()) {
                    body.readNBytes(announced);
                    return Step.ok("truncated");
                } catch (IOException e) {
                    return Step.fails(FailureKind.CONNECTION_LOST);
                }
            });

            Result<String> result = put(Mode.BLOCKING, longer);

            assertThatThrownBy(result::orElseThrow)
                    .hasRootCauseMessage("the body has more where " + announced + " B were announced");
            assertThat(closed).hasValueGreaterThan(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamedBody_mayBeLongerThanWhatIsHeldInMemory(Mode mode) {
        Fixture small = new Fixture(Fixture.noBreaker().maxRequestBytes(10).build(), Step.ok("kept"));

        assertThat(mode.text(small.users.put("/files/1").body(BodySource.of(stream("x".repeat(100)))), small.time))
                .isInstanceOf(Result.Success.class);
    }

    @Test
    void multipart_isWrittenAsTheStandardHasIt() throws Exception {
        Path file = Files.writeString(directory.resolve("a.txt"), "content");
        Multipart form = Multipart.builder()
                .field("title", "Plän")
                .field("meta", "application/json", "{}".getBytes(StandardCharsets.UTF_8))
                .file("file", file)
                .build();
        String boundary = form.contentType().substring(form.contentType().indexOf('=') + 1);

        fixture.users.post("/documents").multipart(form).as(String.class);

        assertThat(fixture.transport.requests.get(0).headers().first("Content-Type"))
                .contains("multipart/form-data; boundary=" + boundary);
        String expected = String.join(
                "\r\n",
                "--" + boundary,
                "Content-Disposition: form-data; name=\"title\"",
                "Content-Type: text/plain; charset=UTF-8",
                "",
                "Plän",
                "--" + boundary,
                "Content-Disposition: form-data; name=\"meta\"",
                "Content-Type: application/json",
                "",
                "{}",
                "--" + boundary,
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"",
                "Content-Type: application/octet-stream",
                "",
                "content",
                "--" + boundary + "--",
                "");
        assertThat(fixture.transport.uploads).containsExactly(expected);
        assertThat(form.source().length()).hasValue(expected.getBytes(StandardCharsets.UTF_8).length);
        assertThat(form.source().isReplayable()).isTrue();
    }

    @Test
    void multipart_withAPartSentOnceOrOfUnknownLength_isSoItself() {
        Multipart form = Multipart.builder()
                .file("file", "a", "text/plain", BodySource.of(stream("x")))
                .build();

        assertThat(form.source().isReplayable()).isFalse();
        assertThat(form.source().length()).isEmpty();
    }

    @Test
    void multipart_namesCannotEndTheirField() throws Exception {
        Multipart form =
                Multipart.builder().field("a\"; b=\"c\r\nX-Evil: 1", "v").build();

        try (InputStream in = form.source().open()) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("name=\"a%22; b=%22c%0D%0AX-Evil: 1\"")
                    .doesNotContain("\nX-Evil");
        }
    }

    @Test
    void badBodies_areRefusedBeforeAnythingIsSent() {
        ServiceRequest post = fixture.users.post("/files");

        assertThatThrownBy(() -> post.body(stream("x"))).hasMessageContaining("BodySource.of");
        assertThatThrownBy(() -> post.body(directory)).hasMessageContaining("BodySource.of");
        assertThatThrownBy(() -> BodySource.of(directory)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> BodySource.of(directory.resolve("none"))).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> BodySource.of(stream("x"), -1)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> Multipart.builder().build()).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> Multipart.builder().field("", "v")).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> Multipart.builder().file("f", "a", "text/plain\r\nX: 1", BodySource.of(stream("x"))))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> fixture.users.get("/files").body(BodySource.of(stream("x"))))
                .hasMessageContaining("GET");
        assertThat(fixture.transport.count()).isZero();
    }
}
