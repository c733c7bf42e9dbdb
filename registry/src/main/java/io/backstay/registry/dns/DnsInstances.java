package io.backstay.registry.dns;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes instances of records. */
final class DnsInstances {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry.dns");
    /** A target of weight 0 is to be chosen rarely beside others (RFC 2782): a hundredth of the lightest. */
    private static final double SELDOM = 0.01;

    private DnsInstances() {}

    /** All that can be used, in an order that does not depend on the answer's. */
    static List<ServiceInstance> of(String service, DnsName name, List<DnsRecord> records) {
        List<DnsRecord> sorted =
                records.stream().sorted(DnsRecord.ORDER).distinct().toList();
        if (sorted.isEmpty()) {
            return List.of();
        }
        int best = sorted.get(0).priority();
        boolean weighted = sorted.stream().anyMatch(record -> record.priority() == best && record.weight() > 0);
        List<ServiceInstance> instances = new ArrayList<>(sorted.size());
        for (DnsRecord record : sorted) {
            try {
                instances.add(name.instance(service, record, weight(record, best, weighted)));
            } catch (ConfigurationException unusable) {
                LOG.warn("[{}] a record of DNS is of no use: {}", service, unusable.getMessage());
            }
        }
        return List.copyOf(instances);
    }

    /** None for those that stand by: they are called when no other is left. */
    private static double weight(DnsRecord record, int best, boolean weighted) {
        if (record.priority() != best) {
            return 0;
        }
        return !weighted ? 1 : record.weight() > 0 ? record.weight() : SELDOM;
    }
}
