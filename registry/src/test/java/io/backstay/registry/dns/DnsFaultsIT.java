package io.backstay.registry.dns;

import com.sun.net.httpserver.HttpServer;
import io.backstay.Backstay;
import io.backstay.CallException;
import io.backstay.CallRejectedException;
import io.backstay.ServiceClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What may happen to DNS while a service that is found by it is called all the time, over real sockets. No call fails for it. */
@Execution(ExecutionMode.CONCURRENT)
class DnsFaultsIT {

    private static final String NAME = "_http._tcp.orders.example.";
    private static final int MOST_ASKED = 1_000;
    private static final int MOST_KEPT = 100_000;
    private static final int CALLERS = 2;
    private static final int ENOUGH = 50;

    private final List<HttpServer> instances = new ArrayList<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>(MOST_KEPT);
    private final Set<String> answering = ConcurrentHashMap.newKeySet();
    private final Queue<CallException> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> callers = new ArrayList<>();
    private DnsServer dns;
    private DnsResolver resolver;
    private Backstay backstay;
    private volatile boolean closed;

    @BeforeEach
    void start() throws Exception {
        dns = new DnsServer();
        resolver = DnsResolver.builder()
                .service("orders", DnsName.services(NAME))
                .server(dns.address())
                .timeout(Duration.ofMillis(200))
                .ttl(Duration.ofMillis(100), Duration.ofMillis(300))
                .build();
        backstay = Backstay.builder().environment(Map.of()).resolver(resolver).build();
    }

    @AfterEach
    void stop() throws Exception {
        endCalls();
        backstay.close();
        resolver.close();
        dns.close();
        instances.forEach(instance -> instance.stop(0));
    }

    /** An instance that answers with its port; the record that leads to it. */
    private Record instance() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        instances.add(server);
        int port = server.getAddress().getPort();
        byte[] octets = String.valueOf(port).getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, octets.length);
            exchange.getResponseBody().write(octets);
            exchange.close();
        });
        server.start();
        return record(port);
    }

    private static Record record(int port) throws IOException {
        return new SRVRecord(Name.fromString(NAME), DClass.IN, 0, 1, 1, port, Name.fromString("localhost."));
    }

    /** From when the first answer of DNS is there. */
    private void beginCalls() throws InterruptedException {
        ServiceClient client = backstay.client("orders");
        CountDownLatch known = new CountDownLatch(1);
        assertThat(resolver.watch("orders", list -> known.countDown())).isPresent();
        assertThat(known.await(10, TimeUnit.SECONDS)).as("DNS has answered").isTrue();
        for (int i = 0; i < CALLERS; i++) {
            Thread caller = new Thread(() -> callOn(client), "caller");
            callers.add(caller);
            caller.start();
        }
    }

    private void callOn(ServiceClient client) {
        while (!closed && answers.size() < MOST_KEPT) {
            try {
                String answer = client.get("/").execute().text();
                answering.add(answer);
                answers.add(answer);
            } catch (CallException e) {
                failures.add(e);
            }
        }
    }

    private void endCalls() throws InterruptedException {
        closed = true;
        for (Thread caller : callers) {
            caller.join();
        }
    }

    /** Waits until there were so many answers more. */
    private void awaitAnswers(int count) throws InterruptedException {
        answers.clear();
        for (int i = 0; i < count; i++) {
            awaitAnswer();
        }
    }

    private void awaitAnswer() throws InterruptedException {
        assertThat(answers.poll(10, TimeUnit.SECONDS))
                .as("an answer; failed: " + failures)
                .isNotNull();
    }

    /** Waits until each instance has been found and called; who is new gets a small share at first. */
    private void awaitAnswersOfAll() throws InterruptedException {
        Set<String> ports = instances.stream()
                .map(instance -> String.valueOf(instance.getAddress().getPort()))
                .collect(Collectors.toSet());
        answers.clear();
        for (int i = 0; i < MOST_ASKED && !answering.containsAll(ports); i++) {
            awaitAnswer();
        }
        assertThat(answering).isEqualTo(ports);
    }

    enum Trouble {
        ANSWERS_NOTHING,
        KNOWS_NO_SUCH_NAME,
        FAILS,
        IS_SILENT
    }

    void make(Trouble trouble) throws IOException {
        switch (trouble) {
            case ANSWERS_NOTHING -> dns.records(NAME);
            case KNOWS_NO_SUCH_NAME -> dns.forget(NAME);
            case FAILS -> dns.mood(DnsServer.Mood.FAILS);
            case IS_SILENT -> dns.mood(DnsServer.Mood.IS_SILENT);
        }
    }

    @ParameterizedTest
    @EnumSource(Trouble.class)
    void troubleWithDns_callsGoOn_andWhatIsNewIsFoundAfterwards(Trouble trouble) throws Exception {
        Record one = instance();
        Record two = instance();
        dns.records(NAME, one, two);
        beginCalls();
        awaitAnswersOfAll();

        make(trouble);
        dns.awaitQuestions(2);
        awaitAnswers(ENOUGH);

        dns.records(NAME, one, two, instance());
        dns.mood(DnsServer.Mood.ANSWERS);
        dns.awaitQuestions(2);
        awaitAnswersOfAll();
        endCalls();
        assertThat(failures).isEmpty();
    }

    @Test
    void nothingAnsweredAtTheStart_callsAreRefusedUntilThereIsSomething() throws Exception {
        dns.mood(DnsServer.Mood.IS_SILENT);
        ServiceClient client = backstay.client("orders");
        assertThatThrownBy(() -> client.get("/").execute()).isInstanceOf(CallRejectedException.class);

        dns.records(NAME, instance());
        dns.mood(DnsServer.Mood.ANSWERS);
        dns.awaitQuestions(2);
        beginCalls();

        awaitAnswersOfAll();
    }

    @Test
    void addressWhereNobodyListens_costsNoCall() throws Exception {
        int nobodys;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobodys = socket.getLocalPort();
        }
        dns.records(NAME, instance(), instance(), instance(), record(nobodys));
        beginCalls();

        awaitAnswersOfAll();
        awaitAnswers(5 * ENOUGH);
        endCalls();
        assertThat(failures).isEmpty();
    }
}
