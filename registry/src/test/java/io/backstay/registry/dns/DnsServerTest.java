package io.backstay.registry.dns;

import io.backstay.ServiceInstance;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

import static org.assertj.core.api.Assertions.assertThat;

/** What is found by a real server of DNS, over UDP and the real clock. */
class DnsServerTest {

    private static final String HEADLESS = "user-service.prod.svc.cluster.local.";

    private DnsServer server;
    private DnsResolver resolver;
    private final BlockingQueue<List<ServiceInstance>> told = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws Exception {
        server = new DnsServer();
    }

    @AfterEach
    void stop() {
        resolver.close();
        server.close();
    }

    private void watch(String service, DnsName name) {
        resolver = DnsResolver.builder()
                .names(name)
                .server(server.address())
                .ipv6(true)
                .timeout(Duration.ofMillis(300))
                .ttl(Duration.ofMillis(100), Duration.ofMinutes(1))
                .build();
        assertThat(resolver.watch(service, told::add)).isPresent();
    }

    private List<String> next() throws InterruptedException {
        List<ServiceInstance> list = told.poll(10, TimeUnit.SECONDS);
        assertThat(list).as("told in time").isNotNull();
        return list.stream().map(each -> each.baseUri().toString()).toList();
    }

    private static Record a(String name, long ttl, String address) throws Exception {
        return new ARecord(Name.fromString(name), DClass.IN, ttl, InetAddress.getByName(address));
    }

    private static Record srv(String name, int priority, int weight, int port, String target) throws Exception {
        return new SRVRecord(Name.fromString(name), DClass.IN, 60, priority, weight, port, Name.fromString(target));
    }

    @Test
    void addresses_ofBothKinds_areInstances() throws Exception {
        server.records(
                HEADLESS,
                a(HEADLESS, 60, "10.0.0.2"),
                a(HEADLESS, 60, "10.0.0.1"),
                new AAAARecord(Name.fromString(HEADLESS), DClass.IN, 60, InetAddress.getByName("2001:db8::1")));

        watch("user-service", DnsName.hosts("{service}.prod.svc.cluster.local", 8001));

        assertThat(next())
                .containsExactly("http://10.0.0.1:8001", "http://10.0.0.2:8001", "http://[2001:db8:0:0:0:0:0:1]:8001");
    }

    @Test
    void alias_isFollowed() throws Exception {
        server.records(
                HEADLESS,
                new CNAMERecord(Name.fromString(HEADLESS), DClass.IN, 60, Name.fromString("pods.example.")),
                a("pods.example.", 60, "10.0.0.7"));

        watch("user-service", DnsName.hosts(HEADLESS, 8001).basePath("/api/v1"));

        assertThat(next()).containsExactly("http://10.0.0.7:8001/api/v1");
    }

    @Test
    void srv_givesPortsAndWeights_andLetsTheRestStandBy() throws Exception {
        String name = "_https._tcp.billing.example.";
        server.records(
                name,
                srv(name, 1, 30, 8443, "a.example."),
                srv(name, 1, 10, 9443, "b.example."),
                srv(name, 2, 5, 8443, "c.example."));

        watch("billing", DnsName.services("_https._tcp.{service}.example").secure());

        List<ServiceInstance> list = told.poll(10, TimeUnit.SECONDS);
        assertThat(list)
                .extracting(each -> each.baseUri() + " " + each.weight())
                .containsExactly(
                        "https://a.example:8443 30.0", "https://b.example:9443 10.0", "https://c.example:8443 0.0");
    }

    @Test
    void ttl_decidesWhenItIsAskedAgain() throws Exception {
        server.records(HEADLESS, a(HEADLESS, 0, "10.0.0.1"));
        watch("user-service", DnsName.hosts(HEADLESS, 8001));
        assertThat(next()).containsExactly("http://10.0.0.1:8001");

        server.records(HEADLESS, a(HEADLESS, 3_600, "10.0.0.9"));

        assertThat(next()).containsExactly("http://10.0.0.9:8001");
    }

    @Test
    void whatWasKnown_staysWhenDnsAnswersNothingFailsOrIsSilent() throws Exception {
        server.records(HEADLESS, a(HEADLESS, 0, "10.0.0.1"));
        watch("user-service", DnsName.hosts(HEADLESS, 8001));
        assertThat(next()).containsExactly("http://10.0.0.1:8001");

        for (DnsServer.Mood mood : List.of(DnsServer.Mood.FAILS, DnsServer.Mood.IS_SILENT)) {
            server.mood(mood);
            server.awaitQuestions(2);
        }
        assertThat(told).isEmpty();

        server.records(HEADLESS, a(HEADLESS, 0, "10.0.0.2"));
        server.mood(DnsServer.Mood.ANSWERS);
        assertThat(next()).containsExactly("http://10.0.0.2:8001");
    }

    /** As behind a box in the middle that knows A alone. */
    @Test
    void aaaaThatFailsForGood_leavesTheTtlOfAInForce() throws Exception {
        server.failsToAnswer(Type.AAAA);
        server.records(HEADLESS, a(HEADLESS, 0, "10.0.0.1"));
        watch("user-service", DnsName.hosts(HEADLESS, 8001));
        assertThat(next()).containsExactly("http://10.0.0.1:8001");

        server.awaitQuestions(24);
        server.records(HEADLESS, a(HEADLESS, 0, "10.0.0.2"));
        assertThat(next()).containsExactly("http://10.0.0.2:8001");
    }
}
