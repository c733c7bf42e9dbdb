package io.backstay.internal.endpoint;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;

/** Instances by addresses in a text. What cannot be used is refused with the name under which it was set. */
final class Addresses {

    private Addresses() {}

    /** Several are separated by commas. */
    static List<ServiceInstance> all(String service, String shownName, String text) {
        return Arrays.stream(text.split(",", -1))
                .map(address -> one(service, shownName, address.trim()))
                .toList();
    }

    static ServiceInstance one(String service, String shownName, String address) {
        URI uri = uri(shownName, address);
        try {
            return ServiceInstance.of(service, uri);
        } catch (ConfigurationException e) {
            throw new ConfigurationException(shownName + ": " + e.getMessage(), e);
        }
    }

    static URI uri(String shownName, String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new ConfigurationException(
                    shownName + " gives no address: " + e.getReason() + " at position " + e.getIndex());
        }
    }
}
