package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.HttpTransport.Capability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

import static org.assertj.core.api.Assertions.assertThat;

/** Servers of HTTP/2 over TLS, and what several groups of cases ask of them. */
abstract class Http2Fixture extends FidelityCases {

    private static final int SEVERAL = 8;

    /** What to do with one connection after the prefaces. */
    @FunctionalInterface
    interface Script {
        void serve(Http2Connection connection) throws IOException;
    }

    /** What to do with one request, by its stream. */
    @FunctionalInterface
    interface Act {
        void commit(Http2Connection connection, int stream) throws IOException;
    }

    /** Skips the case where the transport does not speak HTTP/2. */
    RawServer http2(Script script) {
        return http2Raw(raw -> {
            Http2Connection connection = new Http2Connection(raw);
            connection.open();
            script.serve(connection);
        });
    }

    /** The same, the prefaces left to the script. */
    RawServer http2Raw(RawServer.Script script) {
        Assumptions.assumeTrue(transport.capabilities().contains(Capability.HTTP_2), "does not speak HTTP/2");
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        return closing(new RawServer(TestCertificates.speaking("h2"), script));
    }

    /** Answers each request but the second one, over all connections, which is the act's. */
    RawServer http2ButSecond(AtomicInteger seen, Act act) {
        return http2(connection -> {
            while (true) {
                int stream = connection.nextRequest();
                if (seen.incrementAndGet() == 2) {
                    act.commit(connection, stream);
                } else {
                    connection.respond(stream, HELLO);
                }
            }
        });
    }

    static Request post2(RawServer server) {
        return post(server.uri("https"));
    }

    static void answerAll(Http2Connection connection) throws IOException {
        while (true) {
            connection.respond(connection.nextRequest(), HELLO);
        }
    }

    static void answerNothing(Http2Connection connection) throws IOException {
        while (true) {
            connection.nextRequest();
        }
    }

    /** The streams of {@link #startSeveral}, the latest first. */
    static List<Integer> awaitSeveral(Http2Connection connection) throws IOException {
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < SEVERAL; i++) {
            streams.add(0, connection.nextRequest());
        }
        return streams;
    }

    /** Exchanges over a connection that has proved to work, at once. */
    List<Started> startSeveral(Mode mode, RawServer server) throws InterruptedException {
        assertWorks(mode, server);
        List<Started> started = new ArrayList<>();
        for (int i = 0; i < SEVERAL; i++) {
            started.add(start(mode, post2(server)));
        }
        return started;
    }

    void assertWorks(Mode mode, RawServer server) throws InterruptedException {
        assertThat(exchange(mode, post2(server)).body()).isEqualTo(HELLO);
    }

    /** That each has failed and none was sent again. */
    static void assertLost(List<Started> started, RawServer server) throws InterruptedException {
        for (Started one : started) {
            assertThat(one.failure(FailureKind.CONNECTION_LOST).mayHaveBeenSent())
                    .isTrue();
        }
        assertThat(server.requests()).isEqualTo(1 + started.size());
        assertThat(server.accepted()).isOne();
    }
}
