package io.backstay.registry;

import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A GET of the health path: status, and by choice the body. */
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpProbe implements Probe {

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
                .newCall(request)
                .executeAsync()
                .whenComplete((response, failure) -> whenDone.accept(outcome(check, response, failure)));
    }

    private static Outcome outcome(
            HealthCheck check, @Nullable TransportResponse response, @Nullable Throwable failure) {
        if (response == null) {
            return new Outcome(
                    false, failure instanceof ExchangeException e ? e.kind().words() : "unexpected failure");
        }
        String answered = "answered " + response.status();
        if (!check.passes(response.status())) {
            return new Outcome(false, answered);
        }
        Predicate<String> rule = check.body().orElse(null);
        return rule == null || passes(rule, response)
                ? new Outcome(true, answered)
                : new Outcome(false, answered + " with another body than it should");
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
