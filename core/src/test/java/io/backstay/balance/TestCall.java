package io.backstay.balance;

import io.backstay.Priority;
import io.backstay.ServiceInstance;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A call as a pool sees it. */
final class TestCall extends Selection {

    private final String endpoint;
    private final @Nullable String affinity;
    final Set<ServiceInstance> tried = new HashSet<>();

    TestCall() {
        this("/users", null);
    }

    TestCall(String endpoint, @Nullable String affinity) {
        this.endpoint = endpoint;
        this.affinity = affinity;
    }

    static TestCall of(String endpoint) {
        return new TestCall(endpoint, null);
    }

    static TestCall withKey(String key) {
        return new TestCall("/users", key);
    }

    @Override
    protected boolean hasTried(ServiceInstance candidate) {
        return tried.contains(candidate);
    }

    @Override
    protected boolean hasTriedAny() {
        return !tried.isEmpty();
    }

    @Override
    protected Priority priority() {
        return Priority.NORMAL;
    }

    @Override
    protected String method() {
        return "GET";
    }

    @Override
    protected String pathTemplate() {
        return endpoint;
    }

    @Override
    protected @Nullable String affinity() {
        return affinity;
    }
}
