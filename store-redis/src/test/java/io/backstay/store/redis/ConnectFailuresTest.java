package io.backstay.store.redis;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.TlsSettings;
import io.backstay.localredis.ClusterOfThree;
import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.localredis.SentinelSet;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.SystemTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** What is set wrongly is one clear word: the same in status, failure and log, with the setting's name, never with the secret. */
class ConnectFailuresTest {

    private static final String SECRET = "sesame-secret";

    private static RedisProcess redis;

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private Logger logger;

    @BeforeAll
    static void start() {
        redis = RedisProcess.server("--requirepass", "right");
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void listen() {
        logger = (Logger) LoggerFactory.getLogger("io.backstay.store.redis");
        logger.setLevel(Level.DEBUG);
        logger.setAdditive(false);
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(logged);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    /** A store that cannot come to work; operations are refused at once, for this reason. */
    private void assertRefused(UnaryOperator<RedisStateStore.Builder> settings, String... words) {
        assertFails(Reason.REFUSED, settings, words);
    }

    private void assertFails(Reason reason, UnaryOperator<RedisStateStore.Builder> settings, String... words) {
        try (RedisStateStore store = settings.apply(RedisStateStore.builder()
                        .connectTimeout(Duration.ofSeconds(5))
                        .commandTimeout(Duration.ofSeconds(5)))
                .build()) {
            StateStoreException first = failure(store);
            assertThat(first.reason()).as(first.getMessage()).isEqualTo(reason);
            assertThat(first.mayHaveBeenDone()).isFalse();
            for (String word : words) {
                assertThat(first).hasMessageContaining(word);
            }
            long asked = SystemTime.shared().nanoTime();
            failure(store);
            assertThat(Duration.ofNanos(SystemTime.shared().nanoTime() - asked)).isLessThan(Duration.ofMillis(500));
            Eventually.holds(() -> store.status().detail().contains(first.getMessage()));
            assertThat(store.status().available()).isFalse();
            Eventually.holds(() -> store.counts().failedConnections.sum() > 2);
            List<String> lines = List.copyOf(logged.list).stream()
                    .filter(event -> event.getLevel() == Level.WARN)
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
            assertThat(lines).as("warned of once").hasSize(1);
            assertThat(lines.get(0)).contains(first.getMessage());
            assertThat(store.status().detail() + first + first.getCause() + logged.list + store)
                    .doesNotContain(SECRET);
        }
    }

    private static StateStoreException failure(RedisStateStore store) {
        try {
            Eventually.get(store.table("things").position());
        } catch (StateStoreException e) {
            return e;
        }
        throw new AssertionError("it did not fail");
    }

    @Test
    void wrongPassword_namesItsSetting() {
        assertRefused(settings -> settings.uri(redis.uri()).credentials(null, SECRET), "backstay.store.redis.password");
        logged.list.clear();
        assertRefused(settings -> settings.uri(redis.uri().replace("//", "//:" + SECRET + "@")), "password");
        logged.list.clear();
        assertRefused(settings -> settings.uri(redis.uri()).credentials("nobody", SECRET), "backstay.store.redis.user");
    }

    @Test
    void missingPassword_namesItsSetting() {
        assertRefused(settings -> settings.uri(redis.uri()), "backstay.store.redis.password");
    }

    @Test
    void rightPassword_whicheverWayItIsGiven_isTaken() {
        for (UnaryOperator<RedisStateStore.Builder> way : List.<UnaryOperator<RedisStateStore.Builder>>of(
                settings -> settings.uri(redis.uri()).credentials(null, "right"),
                settings -> settings.uri(redis.uri()).credentials("default", "right"),
                settings -> settings.uri(redis.uri().replace("//", "//:right@")),
                settings -> settings.uri(redis.uri().replace("//", "//default:right@")),
                settings -> settings.uri(redis.uri().replace("//", "//:wrong@")).credentials(null, "right"))) {
            try (RedisStateStore store = way.apply(RedisStateStore.builder()).build()) {
                Eventually.get(store.table("things").position());
            }
        }
    }

    @Test
    void rightsThatAreMissing_areRefusals() {
        try (RedisProcess open = RedisProcess.server()) {
            open.command("ACL", "SETUSER", "poor", "on", ">" + SECRET, "~*", "&*", "+hello");
            assertRefused(settings -> settings.uri(open.uri()).credentials("poor", SECRET), "right", "README");
            logged.list.clear();
            NarrowRights.grant(open);
            open.command("ACL", "SETUSER", NarrowRights.USER, "-zscore");
            try (RedisStateStore store = RedisStateStore.builder()
                    .uri(open.uri())
                    .credentials(NarrowRights.USER, NarrowRights.PASSWORD)
                    .build()) {
                Eventually.get(store.table("things").position());
                try {
                    Eventually.get(store.table("things").get("a"));
                    throw new AssertionError("it did not fail");
                } catch (StateStoreException refused) {
                    assertThat(refused.reason()).isEqualTo(Reason.REFUSED);
                    assertThat(refused).hasMessageContaining("right").hasMessageContaining("README");
                }
            }
        }
    }

    @Test
    void rightsThatAreGivenLater_areFoundOut() {
        try (RedisProcess open = RedisProcess.server()) {
            try (RedisStateStore store = RedisStateStore.builder()
                    .uri(open.uri())
                    .credentials(NarrowRights.USER, NarrowRights.PASSWORD)
                    .build()) {
                failure(store);
                NarrowRights.grant(open);
                Eventually.holds(() -> store.status().available());
                Eventually.get(store.table("things").position());
            }
        }
    }

    @Test
    void untrustedServer_namesTheTrust() {
        Assumptions.assumeTrue(TlsServer.isPossible(), "this redis-server was built without TLS");
        try (TlsServer stranger = TlsServer.start("stranger", "--tls-auth-clients", "no")) {
            assertRefused(
                    settings -> settings.uri(stranger.uri())
                            .tls(TlsSettings.builder()
                                    .trust(TlsServer.pem("ca"))
                                    .build()),
                    "backstay.store.redis.tls.trust");
            logged.list.clear();
            // As the JVM trusts.
            assertRefused(settings -> settings.uri(stranger.uri()), "backstay.store.redis.tls.trust");
        }
    }

    @Test
    void serverOfAnotherName_isRefused() {
        Assumptions.assumeTrue(TlsServer.isPossible(), "this redis-server was built without TLS");
        try (TlsServer elsewhere = TlsServer.start("elsewhere", "--tls-auth-clients", "no")) {
            assertRefused(
                    settings -> settings.uri(elsewhere.uri())
                            .tls(TlsSettings.builder()
                                    .trust(TlsServer.pem("ca"))
                                    .build()),
                    "name in the server's certificate");
        }
    }

    @Test
    void clientCertificate_isShownWhereItIsWanted() {
        Assumptions.assumeTrue(TlsServer.isPossible(), "this redis-server was built without TLS");
        try (TlsServer wanting = TlsServer.start("server", "--tls-auth-clients", "yes")) {
            TlsSettings.Builder trusting = TlsSettings.builder().trust(TlsServer.pem("ca"));
            try (RedisStateStore store = RedisStateStore.builder()
                    .uri(wanting.uri())
                    .tls(TlsSettings.builder()
                            .trust(TlsServer.pem("ca"))
                            .identity(TlsServer.pem("client"), TlsServer.pem("client.key"))
                            .build())
                    .build()) {
                Eventually.get(store.table("things").position());
            }
            logged.list.clear();
            try (RedisStateStore nobody = RedisStateStore.builder()
                    .uri(wanting.uri())
                    .tls(trusting.build())
                    .build()) {
                assertThat(failure(nobody).mayHaveBeenDone()).isFalse();
                assertThat(nobody.status().available()).isFalse();
            }
        }
    }

    @Test
    void tlsWhereThereIsNone_saysSo() {
        // A Redis takes the first octets of TLS for the beginning of a command, and waits for its end.
        assertFails(
                Reason.UNAVAILABLE,
                settings -> settings.uri(redis.uri().replace("redis://", "rediss://"))
                        .connectTimeout(Duration.ofMillis(500))
                        .commandTimeout(Duration.ofSeconds(5)),
                "does it speak TLS (rediss)?");
    }

    @Test
    void tlsWhereSomethingElseSpeaks_saysSo() throws IOException {
        try (ServerSocket talker = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            SystemTime.shared().workers().execute(() -> {
                try {
                    while (true) {
                        Socket socket = talker.accept();
                        socket.getOutputStream().write("220 welcome\r\n".getBytes(StandardCharsets.UTF_8));
                    }
                } catch (IOException closed) {
                    // The test is over.
                }
            });
            assertRefused(
                    settings -> settings.uri("rediss://127.0.0.1:" + talker.getLocalPort()),
                    "does not speak TLS",
                    "backstay.store.redis.uri");
        }
    }

    @Test
    void noTlsWhereItIsWanted_saysSo() {
        Assumptions.assumeTrue(TlsServer.isPossible(), "this redis-server was built without TLS");
        try (TlsServer tls = TlsServer.start("server", "--tls-auth-clients", "no")) {
            assertFails(
                    Reason.UNAVAILABLE,
                    settings -> settings.uri(tls.uri().replace("rediss://", "redis://")),
                    "does it want TLS (rediss)?");
        }
    }

    @Test
    void oneOfAnotherKind_isRefused() {
        try (ClusterOfThree cluster = ClusterOfThree.start()) {
            assertRefused(settings -> settings.uri(cluster.primaries().get(0).uri()), "redis-cluster://", "redis.uri");
        }
        logged.list.clear();
        try (SentinelSet set = SentinelSet.start()) {
            assertRefused(settings -> settings.uri(set.sentinels().get(0).uri()), "redis-sentinel://", "redis.uri");
        }
        logged.list.clear();
        try (RedisProcess alone = RedisProcess.server()) {
            assertRefused(
                    settings -> settings.uri(alone.uri().replace("redis://", "redis-cluster://")), "redis://", "uri");
        }
    }

    @Test
    void databaseThatIsNotThere_namesTheUri() {
        try (RedisProcess alone = RedisProcess.server()) {
            assertRefused(settings -> settings.uri(alone.uri() + "/77"), "database", "backstay.store.redis.uri");
        }
    }

    @Test
    void redisBefore6_2_isRefused() throws IOException {
        String info = "# Server\r\nredis_version:6.0.16\r\nredis_mode:standalone\r\nrole:master\r\n";
        try (Pretender old = new Pretender(words -> words.startsWith("HELLO")
                ? "%1\r\n+server\r\n+redis\r\n"
                : words.startsWith("INFO") ? "$" + info.length() + "\r\n" + info + "\r\n" : "-ERR unknown\r\n")) {
            assertRefused(settings -> settings.uri(old.uri()), "no Redis of 6.2 or later", "backstay.store.redis.uri");
        }
        logged.list.clear();
        try (Pretender older =
                new Pretender(words -> "-ERR unknown command `" + words.replace("\r\n", " ") + "`\r\n")) {
            assertRefused(settings -> settings.uri(older.uri()).credentials(null, SECRET), "no Redis of 6.2 or later");
        }
    }

    @Test
    void whatIsNoRedis_isRefused() throws IOException {
        try (Pretender web = new Pretender(words -> "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")) {
            assertRefused(settings -> settings.uri(web.uri()), "does not answer as a Redis does", "redis.uri");
        }
    }

    @Test
    void whatNeverAnswers_isUnavailable() throws IOException {
        try (Pretender silent = new Pretender(words -> "")) {
            assertFails(
                    Reason.UNAVAILABLE,
                    settings -> settings.uri(silent.uri())
                            .connectTimeout(Duration.ofMillis(300))
                            .commandTimeout(Duration.ofSeconds(5)),
                    "does not answer");
        }
    }

    @Test
    void nobodyThere_isUnavailable() {
        assertFails(
                Reason.UNAVAILABLE,
                settings -> settings.uri("redis://127.0.0.1:" + RedisProcess.freePort()),
                "takes no connection");
    }

    /** Answers each command with the same words, whatever the protocol wants. */
    private static final class Pretender implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();

        Pretender(Function<String, String> answer) throws IOException {
            SystemTime.shared().workers().execute(() -> {
                try {
                    while (!server.isClosed()) {
                        Socket socket = server.accept();
                        open.add(socket);
                        SystemTime.shared().workers().execute(() -> serve(socket, answer));
                    }
                } catch (IOException closed) {
                    // The test is over.
                }
            });
        }

        private static void serve(Socket socket, Function<String, String> answer) {
            try (socket) {
                InputStream in = socket.getInputStream();
                while (true) {
                    String words = command(in);
                    socket.getOutputStream().write(answer.apply(words).getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException closed) {
                // The other side has had enough.
            }
        }

        private static String command(InputStream in) throws IOException {
            int parts = Integer.parseInt(line(in).substring(1));
            StringBuilder words = new StringBuilder();
            for (int i = 0; i < parts; i++) {
                int length = Integer.parseInt(line(in).substring(1));
                words.append(new String(in.readNBytes(length), StandardCharsets.UTF_8))
                        .append("\r\n");
                line(in);
            }
            return words.toString();
        }

        private static String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            int next = in.read();
            while (next != '\n') {
                if (next < 0) {
                    throw new IOException("closed");
                }
                if (next != '\r') {
                    line.append((char) next);
                }
                next = in.read();
            }
            return line.toString();
        }

        String uri() {
            return "redis://127.0.0.1:" + server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        }
    }
}
