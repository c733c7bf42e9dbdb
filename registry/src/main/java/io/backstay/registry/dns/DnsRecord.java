package io.backstay.registry.dns;

import java.util.Comparator;

/**
 * One record of an answer.
 *
 * @param host an address of IP, or of SRV the target's name without a dot at its end
 * @param port SRV's; 0 for an address
 * @param priority SRV's: lower ones come first
 * @param weight SRV's share among those of one priority
 */
record DnsRecord(String host, int port, int priority, int weight) {

    /** The order of servers' answers says nothing: they turn it at each question. */
    static final Comparator<DnsRecord> ORDER = Comparator.comparingInt(DnsRecord::priority)
            .thenComparing(DnsRecord::host)
            .thenComparingInt(DnsRecord::port)
            .thenComparingInt(DnsRecord::weight);

    static DnsRecord address(String host) {
        return new DnsRecord(host, 0, 0, 0);
    }
}
