package io.backstay.internal;

import io.backstay.CorrelationIds;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.TransportRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Opens a connection to each instance of a service, past all guards. */
final class WarmUp {

    private final Parts parts;

    WarmUp(Parts parts) {
        this.parts = parts;
    }

    /** For each instance whether it answered, with whatever status; once it is known who there is. */
    CompletableFuture<Map<ServiceInstance, Boolean>> run(ServiceState service, String path) {
        return service.firstReading.whenOver().thenCompose(known -> askAll(service, path));
    }

    private CompletableFuture<Map<ServiceInstance, Boolean>> askAll(ServiceState service, String path) {
        Map<ServiceInstance, CompletableFuture<Boolean>> answers = new LinkedHashMap<>();
        for (ServiceInstance instance : service.instances.instances()) {
            answers.put(instance, ask(service, instance, path));
        }
        return CompletableFuture.allOf(answers.values().toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    Map<ServiceInstance, Boolean> answered = new LinkedHashMap<>();
                    answers.forEach((instance, answer) -> answered.put(instance, answer.join()));
                    return answered;
                });
    }

    private CompletableFuture<Boolean> ask(ServiceState service, ServiceInstance instance, String path) {
        TransportRequest request = new TransportRequest(
                "HEAD",
                instance,
                path,
                Headers.of(parts.correlationHeader(), CorrelationIds.next(parts.random())),
                null,
                service.policy().attemptTimeout().toNanos(),
                service.policy().maxResponseBytes());
        return parts.transport().newCall(request).executeAsync().handle((response, failure) -> failure == null);
    }
}
