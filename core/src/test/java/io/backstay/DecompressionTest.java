package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

class DecompressionTest {

    private final Fixture fixture = new Fixture(Fixture.retrying(1, Duration.ZERO));

    private static byte[] gzip(String text) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return packed.toByteArray();
    }

    private static Step packed(byte[] octets) {
        return new Step(
                Duration.ZERO,
                new TransportResponse(
                        200,
                        Headers.of("Content-Encoding", "gzip", "Content-Length", "" + octets.length, "X-Own", "1"),
                        octets));
    }

    @ParameterizedTest
    @EnumSource
    void body_inGzip_isAskedForAndUnpacked(Mode mode) {
        fixture.transport.then(packed(gzip("hello")));

        ServiceResponse response = mode.result(fixture.users.get("/"), ServiceResponse.class, fixture.time)
                .orElseThrow();

        assertThat(response.text()).isEqualTo("hello");
        assertThat(response.headers()).isEqualTo(Headers.of("X-Own", "1"));
        assertThat(fixture.transport.requests.get(0).headers().all("Accept-Encoding"))
                .containsExactly("gzip");
    }

    @ParameterizedTest
    @EnumSource
    void requestWithItsOwnAcceptEncoding_getsTheBodyAsItComes(Mode mode) {
        byte[] octets = gzip("hello");
        fixture.transport.then(packed(octets));
        ServiceRequest request = fixture.users.get("/").header("accept-encoding", "gzip, br");

        ServiceResponse response =
                mode.result(request, ServiceResponse.class, fixture.time).orElseThrow();

        assertThat(response.bytes()).isEqualTo(octets);
        assertThat(fixture.transport.requests.get(0).headers().all("Accept-Encoding"))
                .containsExactly("gzip, br");
    }

    @ParameterizedTest
    @EnumSource
    void decompressionSwitchedOff_asksForNothingAndLeavesTheBody(Mode mode) {
        byte[] octets = gzip("hello");
        Fixture off = new Fixture(Fixture.noBreaker().decompression(false).build(), packed(octets));

        ServiceResponse response =
                mode.result(off.users.get("/"), ServiceResponse.class, off.time).orElseThrow();

        assertThat(response.bytes()).isEqualTo(octets);
        assertThat(off.transport.requests.get(0).headers().contains("Accept-Encoding"))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void smallBodyThatUnpacksToAHugeOne_isRefusedAtTheSizeAllowed(Mode mode) {
        Fixture small = new Fixture(Fixture.noBreaker().maxResponseBytes(1000).build());
        small.transport.then(packed(gzip("x".repeat(100_000))));

        assertThat(mode.failure(small.users.get("/"), small.time).kind()).isEqualTo(FailureKind.RESPONSE_TOO_LARGE);
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatIsNoGzip_orIsCutOff_isAProtocolError(Mode mode) {
        fixture.transport.then(packed("no gzip".getBytes(StandardCharsets.UTF_8)));
        assertThat(mode.failure(fixture.users.get("/"), fixture.time).kind()).isEqualTo(FailureKind.PROTOCOL_ERROR);

        fixture.transport.then(packed(Arrays.copyOf(gzip("hello"), 12)));
        assertThat(mode.failure(fixture.users.get("/"), fixture.time).kind()).isEqualTo(FailureKind.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @EnumSource
    void answerWithoutABody_mayNameAnEncoding(Mode mode) {
        fixture.transport.then(packed(new byte[0]));

        assertThat(mode.result(fixture.users.head("/"), ServiceResponse.class, fixture.time))
                .isInstanceOf(Result.Success.class);
    }

    @ParameterizedTest
    @EnumSource
    void stream_inGzip_isUnpackedAsItArrives_andEndsWithItsExchange(Mode mode) {
        byte[] octets = gzip("one\ntwo\n");
        ScriptedBody body = new ScriptedBody(fixture.time)
                .piece(Duration.ofSeconds(1), Arrays.copyOf(octets, 12))
                .piece(Duration.ofSeconds(1), Arrays.copyOfRange(octets, 12, octets.length));
        fixture.transport.then(Step.streams(200, body, "Content-Encoding", "gzip"));

        StreamedResponse response = mode.result(fixture.users.get("/"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThat(fixture.elapsed()).isZero();
        assertThat(response.lines()).containsExactly("one", "two");
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void stream_thatIsNoGzip_failsItsReader(Mode mode) {
        ScriptedBody body = new ScriptedBody(fixture.time).piece(Duration.ZERO, "no gzip at all");
        fixture.transport.then(Step.streams(200, body, "Content-Encoding", "gzip"));

        StreamedResponse response = mode.result(fixture.users.get("/"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThatThrownBy(() -> response.lines().toList())
                .isInstanceOfSatisfying(
                        CallException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(FailureKind.PROTOCOL_ERROR));
    }

    private Throwable failureOfStream(Mode mode, byte[] octets) {
        ScriptedBody body = new ScriptedBody(fixture.time).piece(Duration.ZERO, octets);
        fixture.transport.then(Step.streams(200, body, "Content-Encoding", "gzip"));
        StreamedResponse response = mode.result(fixture.users.get("/"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        return catchThrowable(() -> response.lines().toList());
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @ParameterizedTest
    @EnumSource
    void stream_inGzipThatIsCutOff_isAProtocolError_asABufferedBodyIs(Mode mode) {
        byte[] octets = gzip("hello");
        for (int length : new int[] {5, 12, octets.length - 1}) {
            assertThat(failureOfStream(mode, Arrays.copyOf(octets, length)))
                    .isInstanceOfSatisfying(
                            CallException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.PROTOCOL_ERROR));
        }
    }

    @ParameterizedTest
    @EnumSource
    void stream_withOctetsBehindItsGzip_failsAtTheFirst_andReadsNoMore(Mode mode) {
        ScriptedBody body = new ScriptedBody(fixture.time)
                .piece(Duration.ZERO, concatenated(gzip("hello"), new byte[] {'x'}))
                .piece(Duration.ofDays(1), "x");
        fixture.transport.then(Step.streams(200, body, "Content-Encoding", "gzip"));
        StreamedResponse response = mode.result(fixture.users.get("/"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThatThrownBy(() -> response.lines().toList())
                .isInstanceOfSatisfying(
                        CallException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(FailureKind.PROTOCOL_ERROR));
        assertThat(fixture.elapsed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void bodyWithOctetsBehindItsGzip_isAProtocolError(Mode mode) {
        fixture.transport.then(packed(concatenated(gzip("hello"), new byte[] {'x'})));

        assertThat(mode.failure(fixture.users.get("/"), fixture.time).kind()).isEqualTo(FailureKind.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @EnumSource
    void stream_ofSeveralMembers_isUnpackedWhole_thoughTheyArriveOneByOne(Mode mode) {
        ScriptedBody body = new ScriptedBody(fixture.time)
                .piece(Duration.ZERO, gzip("one\n"))
                .piece(Duration.ofSeconds(1), gzip("two\n"))
                .piece(Duration.ofSeconds(1), concatenated(gzip("three\n"), gzip("")));
        fixture.transport.then(Step.streams(200, body, "Content-Encoding", "gzip"));

        StreamedResponse response = mode.result(fixture.users.get("/"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThat(response.lines()).containsExactly("one", "two", "three");
    }
}
