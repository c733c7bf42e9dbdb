package io.backstay.registry.dns;

/** What is asked of DNS. */
enum RecordKind {
    /** Addresses of IPv4. */
    A,
    /** Addresses of IPv6. */
    AAAA,
    /** Hosts with ports, priorities and weights. */
    SRV
}
