package io.backstay.internal;

import io.backstay.BodySource;
import io.backstay.CallContext;
import io.backstay.CallPolicy;
import io.backstay.CorrelationIds;
import io.backstay.Deadline;
import io.backstay.Headers;
import io.backstay.ServiceRequest;
import java.lang.reflect.Type;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Steps 0 to 3 of a call: what cannot be sent is refused, the rest is known when it goes on. */
final class Intake {

    private final Parts parts;
    private final Interception interception;

    Intake(Parts parts, Interception interception) {
        this.parts = parts;
        this.interception = interception;
    }

    /** Steps 0 and 1; the shorter of the work's deadline and the policy's holds. */
    Call prepare(ServiceState service, ServiceRequest request, Type type) {
        byte[] body = parts.bodies().encode(request, service.policy());
        long now = parts.time().nanoTime();
        CallContext ambient = CallContext.current();
        String known = ambient.correlationId().orElse(null);
        String correlationId = known != null ? known : CorrelationIds.next(parts.random());
        Deadline deadline = deadline(request, service.policy(), ambient, now);
        Call call = new Call(service, parts.bodies(), request, type, ambient, correlationId, deadline, now);
        call.body = body;
        call.sentBody = sentBody(request);
        return call;
    }

    private static @Nullable SentBody sentBody(ServiceRequest request) {
        return request.body().orElse(null) instanceof BodySource source ? new SentBody(source) : null;
    }

    private static Deadline deadline(ServiceRequest request, CallPolicy policy, CallContext ambient, long startNanos) {
        Duration limit = request.options().deadline().orElse(policy.deadline());
        return Deadline.after(startNanos, limit).earlierOf(ambient.deadline().orElse(null));
    }

    /** Step 3, with what depends on it: nothing, or why the call goes no further. */
    @Nullable
    Outcome intercept(Call call) {
        ServiceRequest original = call.request;
        Outcome failure = interception.before(call);
        if (failure != null) {
            return failure;
        }
        if (!parts.callInterceptors().isEmpty()) {
            call.admittedNanos = parts.time().nanoTime();
        }
        if (call.request != original) {
            call.deadline = deadline(call.request, call.policy, call.ambient, call.startNanos);
            call.body = parts.bodies().encode(call.request, call.policy);
            call.sentBody = sentBody(call.request);
        }
        call.target = call.request.target();
        call.headers = fixedHeaders(call);
        return null;
    }

    private Headers fixedHeaders(Call call) {
        Headers fields =
                call.request.headers().without(parts.correlationHeader()).without(parts.deadlineHeader());
        String contentType = call.request.contentType().orElse(null);
        if (contentType != null) {
            fields = fields.plus("Content-Type", contentType);
        }
        if (Bodies.wantsJson(call.type) && !fields.contains("Accept")) {
            fields = fields.plus("Accept", "application/json");
        }
        if (call.policy.decompression()) {
            fields = Decompression.asking(fields);
        }
        return fields.plus(parts.correlationHeader(), call.correlationId);
    }
}
