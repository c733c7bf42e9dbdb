package io.backstay.registry.dns;

import java.time.Duration;
import java.util.List;

/**
 * What DNS said to one question.
 *
 * @param records in no order of meaning; empty when there is no such name, or none of that kind
 * @param ttl how long that may be believed: the least of all records that led there
 */
record DnsAnswer(List<DnsRecord> records, Duration ttl) {

    /** Keeps a copy of the list. */
    DnsAnswer {
        records = List.copyOf(records);
    }

    /** There is nothing by that name. */
    static DnsAnswer nothing() {
        return new DnsAnswer(List.of(), Duration.ZERO);
    }
}
