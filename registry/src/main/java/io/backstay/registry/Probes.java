package io.backstay.registry;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** By which check, and over what, each instance is checked. Thread-safe. */
final class Probes implements AutoCloseable {

    private final HealthCheck standard;
    private final Map<String, HealthCheck> byService;
    private final TcpProbe tcp;
    private final @Nullable HttpProbe http;

    /**
     * What is checked how.
     *
     * @param standard for services without a check of their own
     * @param http null where there is no transport; then all are made by TCP
     */
    Probes(HealthCheck standard, Map<String, HealthCheck> byService, TcpProbe tcp, @Nullable HttpProbe http) {
        this.standard = standard;
        this.byService = Map.copyOf(byService);
        this.tcp = tcp;
        this.http = http;
    }

    HealthCheck standard() {
        return standard;
    }

    /** How the instances of a service are checked. */
    HealthCheck check(String service) {
        return byService.getOrDefault(service, standard);
    }

    /** What makes the check of an instance. */
    Probe of(Member member) {
        Checked checked = member.checked;
        HttpProbe byHttp = http;
        return byHttp != null && checked != null && checked.isByHttp() ? byHttp : tcp;
    }

    @Override
    public void close() {
        tcp.close();
    }
}
