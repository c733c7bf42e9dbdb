package io.backstay.registry.dns;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;

/**
 * Under which name a service is found in DNS, and how what is found is called. Immutable.
 *
 * <p>{@code {service}} in a name stands for the service's: {@code {service}.prod.svc.cluster.local} finds every headless service of a
 * namespace of Kubernetes.
 */
public final class DnsName {

    private static final String SERVICE = "{service}";
    private static final int LONGEST = 253;

    private final String name;
    private final boolean srv;
    private final int port;
    private final boolean secure;
    private final String basePath;

    private DnsName(String name, boolean srv, int port, boolean secure, String basePath) {
        this.name = name;
        this.srv = srv;
        this.port = port;
        this.secure = secure;
        this.basePath = basePath;
    }

    /**
     * One instance for each address of a name (A and AAAA records).
     *
     * @param name absolute, as {@code user-service.prod.svc.cluster.local}
     * @param port where all of them listen
     * @throws ConfigurationException when one is none
     */
    public static DnsName hosts(String name, int port) {
        ServiceInstance.builder("service").host("host").port(port);
        return new DnsName(check(name), false, port, false, "");
    }

    /**
     * One instance for each SRV record of a name, by its target's name and port. Those of the lowest priority get calls by their weights,
     * the others while none of these is left.
     *
     * @param name absolute, as {@code _http._tcp.user-service.prod.svc.cluster.local}
     * @throws ConfigurationException when it is none
     */
    public static DnsName services(String name) {
        return new DnsName(check(name), true, 0, false, "");
    }

    private static String check(String name) {
        if (name.isBlank() || name.length() > LONGEST || name.chars().anyMatch(c -> c <= ' ' || c >= 0x7F)) {
            throw new ConfigurationException(
                    "a name in DNS must be of 1 to " + LONGEST + " ASCII characters without blanks");
        }
        return name;
    }

    /** The same, called by https. Certificates are checked against the target's name (SRV) or the address (A, AAAA). */
    public DnsName secure() {
        return new DnsName(name, srv, port, true, basePath);
    }

    /**
     * The same, with what all paths begin with.
     *
     * @throws ConfigurationException when it is no encoded path that begins with a slash
     */
    public DnsName basePath(String path) {
        ServiceInstance.builder("service").basePath(path);
        return new DnsName(name, srv, port, secure, path);
    }

    String of(String service) {
        return name.replace(SERVICE, service);
    }

    boolean isSrv() {
        return srv;
    }

    /** What a record is, as an instance of a service. */
    ServiceInstance instance(String service, DnsRecord record, double weight) {
        return ServiceInstance.builder(service)
                .host(record.host())
                .port(srv ? record.port() : port)
                .secure(secure)
                .basePath(basePath)
                .weight(weight)
                .build();
    }

    @Override
    public String toString() {
        return (srv ? "SRV " : "A, AAAA ") + name;
    }
}
