package io.backstay.registry.dns;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DnsSettingsTest {

    private static ProviderContext context(Map<String, String> settings) {
        SystemTime time = SystemTime.shared();
        return new ProviderContext(time, time, time, RandomSource.system(), time.workers(), settings::get);
    }

    @Test
    void nothingSet_isNoSource() {
        assertThat(new DnsResolverProvider().create(context(Map.of())).watch("users", instances -> {}))
                .isEmpty();
    }

    @Test
    void settings_describeTheResolver() throws Exception {
        try (DnsServer server = new DnsServer()) {
            String name = "users.prod.example.";
            server.records(name, new ARecord(Name.fromString(name), DClass.IN, 60, InetAddress.getByName("10.0.0.5")));
            BlockingQueue<List<ServiceInstance>> told = new LinkedBlockingQueue<>();
            var resolver = new DnsResolverProvider()
                    .create(context(Map.of(
                            "backstay.dns.name", "{service}.prod.example",
                            "backstay.dns.port", "8443",
                            "backstay.dns.secure", "true",
                            "backstay.dns.servers",
                                    "127.0.0.1:" + server.address().getPort())));
            assertThat(resolver.watch("users", told::add)).isPresent();
            assertThat(told.poll(10, TimeUnit.SECONDS))
                    .extracting(each -> each.baseUri().toString())
                    .containsExactly("https://10.0.0.5:8443");
            resolver.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "backstay.dns.port, 0", "backstay.dns.lookup, mx", "backstay.dns.secure, maybe",
        "backstay.dns.servers, 127.0.0.1:port", "backstay.dns.servers, 127.0.0.1:70000", "backstay.dns.name, a b"
    })
    void wrongSettings_areRefused(String setting, String value) {
        Map<String, String> settings = new HashMap<>(Map.of("backstay.dns.name", "{service}.prod"));
        settings.put(setting, value);
        assertThatThrownBy(() -> new DnsResolverProvider().create(context(settings)))
                .isInstanceOf(ConfigurationException.class);
    }
}
