package io.backstay;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes requests to one service. Thread-safe; got from {@link Backstay#client}, closed with it. */
public final class ServiceClient {

    /** Templates are few unless somebody builds them from values; then parsing each anew beats keeping them all. */
    private static final int KEPT_TEMPLATES = 1_024;

    private final String service;
    private final Caller caller;
    private final Function<String, CompletableFuture<Map<ServiceInstance, Boolean>>> warmUp;
    private final Map<String, PathTemplate> templates = new ConcurrentHashMap<>();

    ServiceClient(
            String service, Caller caller, Function<String, CompletableFuture<Map<ServiceInstance, Boolean>>> warmUp) {
        this.service = service;
        this.caller = caller;
        this.warmUp = warmUp;
    }

    /** The service's name. */
    public String service() {
        return service;
    }

    /** A GET; the parameters of the path in the order of their names in the template. */
    public ServiceRequest get(String pathTemplate, @Nullable Object... parameters) {
        return request("GET", pathTemplate, parameters);
    }

    /** A HEAD. */
    public ServiceRequest head(String pathTemplate, @Nullable Object... parameters) {
        return request("HEAD", pathTemplate, parameters);
    }

    /** A POST. */
    public ServiceRequest post(String pathTemplate, @Nullable Object... parameters) {
        return request("POST", pathTemplate, parameters);
    }

    /** A PUT. */
    public ServiceRequest put(String pathTemplate, @Nullable Object... parameters) {
        return request("PUT", pathTemplate, parameters);
    }

    /** A PATCH. */
    public ServiceRequest patch(String pathTemplate, @Nullable Object... parameters) {
        return request("PATCH", pathTemplate, parameters);
    }

    /** A DELETE. */
    public ServiceRequest delete(String pathTemplate, @Nullable Object... parameters) {
        return request("DELETE", pathTemplate, parameters);
    }

    /** An OPTIONS. */
    public ServiceRequest options(String pathTemplate, @Nullable Object... parameters) {
        return request("OPTIONS", pathTemplate, parameters);
    }

    private ServiceRequest request(String method, String pathTemplate, @Nullable Object... parameters) {
        return new ServiceRequest(caller, service, method, template(pathTemplate), parameters);
    }

    private PathTemplate template(String text) {
        PathTemplate known = text == null ? null : templates.get(text);
        if (known != null) {
            return known;
        }
        PathTemplate parsed = PathTemplate.parse(text);
        if (templates.size() < KEPT_TEMPLATES) {
            templates.put(text, parsed);
        }
        return parsed;
    }

    /**
     * Opens a connection to each instance before there is traffic, by a HEAD of the path that any answer satisfies. No guard
     * takes part, and no failure is one of the service. Where the instances are not known yet, it waits for that as a call does.
     *
     * @return for each instance whether it answered
     */
    public CompletableFuture<Map<ServiceInstance, Boolean>> warmUp(String path) {
        return warmUp.apply(PathTemplate.parse(path).render());
    }

    @Override
    public String toString() {
        return "client of " + service;
    }
}
