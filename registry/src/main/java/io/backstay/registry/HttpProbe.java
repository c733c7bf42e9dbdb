package io.backstay.registry;

import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A GET of the health path: status, and by choice the body. Without a rule for it the body is not waited for, however long it is. */
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpProbe implements Probe {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    private static final int MOST_BYTES = 64 << 10;

    private final HttpTransport transport;

    HttpProbe(HttpTransport transport) {
        this.transport = transport;
    }

    @Override
    public boolean isLikeACall() {
        return true;
    }

    @Override
    public void begin(ServiceInstance instance, HealthCheck check, Consumer<Outcome> whenDone) {
        String told = HealthPath.told(instance);
        TransportRequest request = new TransportRequest(
                "GET",
                HealthPath.root(instance),
                told != null ? told : check.path(),
                Headers.empty(),
                /* body= */ null,
                check.timeout().toNanos(),
                MOST_BYTES);
        transport
                .newCall(check.body().isPresent() ? request : request.withStreamedResponse())
                .executeAsync()
                .whenComplete((response, failure) -> whenDone.accept(outcome(check, response, failure)));
    }

    private static Outcome outcome(
            HealthCheck check, @Nullable TransportResponse response, @Nullable Throwable failure) {
        if (response == null) {
            return new Outcome(
                    false, failure instanceof ExchangeException e ? e.kind().words() : "unexpected failure");
        }
        free(response);
        String answered = "answered " + response.status();
        if (!check.passes(response.status())) {
            return new Outcome(false, answered);
        }
        Predicate<String> rule = check.body().orElse(null);
        return rule == null || passes(rule, response)
                ? new Outcome(true, answered)
                : new Outcome(false, answered + " with another body than it should");
    }

    /** What a streamed body holds is not asked for. */
    private static void free(TransportResponse response) {
        InputStream body = response.stream();
        if (body != null) {
            try {
                body.close();
            } catch (IOException e) {
                LOG.debug("the answer to a health check could not be closed: {}", e.toString());
            }
        }
    }

    /** A rule that throws has not been passed. */
    private static boolean passes(Predicate<String> rule, TransportResponse response) {
        try {
            return rule.test(new String(response.body(), StandardCharsets.UTF_8));
        } catch (RuntimeException e) {
            return false;
        }
    }
}
