package io.backstay.registry.dns;

import com.sun.net.httpserver.HttpServer;
import io.backstay.Backstay;
import io.backstay.BalancePolicy;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What may happen to DNS while a service that is found by it is called all the time, over real sockets. No call fails for it. */
class DnsFaultsIT {

    private static final String NAME = "_http._tcp.orders.example.";
    private static final int MOST_ASKED = 1_000;
    private static final int MOST_KEPT = 100_000;

    private final List<HttpServer> instances = new ArrayList<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>(MOST_KEPT);
    private final BlockingQueue<CallException> failures = new LinkedBlockingQueue<>();
    private DnsServer dns;
    private DnsResolver resolver;
    private Backstay backstay;
    private Thread caller;
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
        // In turn, so that everybody who is known is asked soon.
        backstay = Backstay.builder()
                .environment(Map.of())
                .resolver(resolver)
                .setting("backstay.policy.balancer", BalancePolicy.ROUND_ROBIN)
                .build();
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
        caller = new Thread(() -> callOn(client), "caller");
        caller.start();
    }

    private void callOn(ServiceClient client) {
        while (!closed && answers.size() < MOST_KEPT) {
            try {
                answers.add(client.get("/").execute().text());
            } catch (CallException e) {
                failures.add(e);
            }
        }
    }

    private void endCalls() throws InterruptedException {
        closed = true;
        if (caller != null) {
            caller.join();
        }
    }

    /** Waits until each of these has answered anew, and demands that nobody else did; who is new gets a small share at first. */
    private void demandAnswersOf(Set<String> ports) throws InterruptedException {
        answers.clear();
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 20 || (i < MOST_ASKED && !seen.containsAll(ports)); i++) {
            String answer = answers.poll(10, TimeUnit.SECONDS);
            assertThat(answer).as("an answer; failed: " + failures).isNotNull();
            seen.add(answer);
        }
        assertThat(seen).isEqualTo(ports);
    }

    private Set<String> ports() {
        Set<String> ports = new TreeSet<>();
        instances.forEach(
                instance -> ports.add(String.valueOf(instance.getAddress().getPort())));
        return ports;
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
        demandAnswersOf(ports());

        make(trouble);
        dns.awaitQuestions(2);
        demandAnswersOf(ports());

        dns.records(NAME, one, two, instance());
        dns.mood(DnsServer.Mood.ANSWERS);
        dns.awaitQuestions(2);
        demandAnswersOf(ports());
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

        demandAnswersOf(ports());
    }

    @Test
    void addressWhereNobodyListens_costsNoCall() throws Exception {
        int nobodys;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobodys = socket.getLocalPort();
        }
        dns.records(NAME, instance(), instance(), instance(), record(nobodys));
        beginCalls();

        for (int i = 0; i < 5; i++) {
            demandAnswersOf(ports());
        }
        endCalls();
        assertThat(failures).isEmpty();
    }
}
