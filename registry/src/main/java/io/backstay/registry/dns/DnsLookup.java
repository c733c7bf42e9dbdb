package io.backstay.registry.dns;

/** Which records tell where a service is. */
public enum DnsLookup {
    /** Addresses, all at one port. */
    HOSTS,
    /** SRV records, with ports, priorities and weights. */
    SRV
}
