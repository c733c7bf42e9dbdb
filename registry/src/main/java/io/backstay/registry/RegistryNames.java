package io.backstay.registry;

import io.backstay.ServiceInstance;

/** Checks names that instances will have. */
final class RegistryNames {

    private RegistryNames() {}

    /** A name that can be the region of an instance. */
    static String region(String name) {
        ServiceInstance.builder("service").region(name);
        return name;
    }
}
