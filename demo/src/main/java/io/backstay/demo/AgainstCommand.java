package io.backstay.demo;

import io.backstay.Backstay;
import io.backstay.CallPolicy;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.FailureKind;
import io.backstay.InvalidRequestException;
import io.backstay.Result;
import io.backstay.RetryPolicy;
import io.backstay.ServiceClient;
import io.backstay.ServiceRequest;
import io.backstay.ServiceResponse;
import io.backstay.demo.Options.Against;
import io.backstay.event.BreakerStateChanged;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Guarded GETs to a server of the user's own. */
final class AgainstCommand {

    private static final Set<FailureKind> UNREACHABLE = EnumSet.of(
            FailureKind.UNKNOWN_HOST, FailureKind.CONNECT_FAILED, FailureKind.CONNECT_TIMEOUT, FailureKind.TLS_FAILED);

    private final Against options;
    private final PrintStream out;
    private final URI origin;
    private final String service;

    AgainstCommand(Against options, PrintStream out) {
        this.options = options;
        this.out = out;
        this.origin = URI.create(
                options.target().getScheme() + "://" + options.target().getRawAuthority());
        this.service = options.target().getRawAuthority();
    }

    /**
     * The exit status.
     *
     * @throws UsageException when the address cannot be used or reached
     */
    int run() throws InterruptedException {
        requireReachable();
        PhaseStats stats = new PhaseStats("against");
        CallPolicy policy = Policies.ofTarget();
        out.println("Guarded GETs to " + service + ", " + options.rate() + " per second for " + options.seconds()
                + " s: " + Policies.words(policy) + ".");
        try (Backstay backstay = Backstay.builder()
                .endpoint(service, origin)
                .policy(service, policy)
                .listener(BreakerStateChanged.class, stats::changed)
                .build()) {
            ServiceRequest request = request(backstay.client(service));
            load(request, stats);
        }
        PhaseReport.print(stats, out);
        out.println();
        Table.of(List.of(stats)).print(out);
        return Demo.HELD;
    }

    private void load(ServiceRequest request, PhaseStats stats) throws InterruptedException {
        try (LoadGenerator load = new LoadGenerator(
                number -> new Shot(request, ServiceResponse.class, number % 2 == 0), options.rate(), stats)) {
            load.start();
            Waits.rest(Duration.ofSeconds(options.seconds()));
            load.stop();
            load.awaitSettled(stats);
        }
    }

    /** One call past all guards: whatever is answered, somebody is there. */
    private void requireReachable() {
        CallPolicy bare = Policies.ofTarget().toBuilder()
                .retry(RetryPolicy.never())
                .breaker(CircuitBreakerPolicy.disabled())
                .build();
        try (Backstay backstay = Backstay.builder()
                .endpoint(service, origin)
                .policy(service, bare)
                .build()) {
            Result<ServiceResponse> first = request(backstay.client(service)).result(ServiceResponse.class);
            if (first instanceof Result.Failure<ServiceResponse> failure
                    && UNREACHABLE.contains(failure.cause().kind())) {
                throw new UsageException("cannot reach " + service + ": "
                        + failure.cause().kind().words());
            }
        }
    }

    private ServiceRequest request(ServiceClient client) {
        try {
            String path = URI.create(options.target().toASCIIString()).getRawPath();
            ServiceRequest request = client.get(path.isEmpty() ? "/" : path);
            String query = options.target().getRawQuery();
            for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&")) {
                String[] parts = pair.split("=", 2);
                request = request.query(decode(parts[0]), parts.length == 1 ? "" : decode(parts[1]));
            }
            return request;
        } catch (InvalidRequestException e) {
            throw new UsageException("the address after --against cannot be called: " + e.getMessage());
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
