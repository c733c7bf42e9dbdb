package io.backstay.internal;

import io.backstay.CallException;
import io.backstay.CallInterceptor;
import io.backstay.ServiceRequest;
import io.backstay.ServiceResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Step 3 and its way back: the call interceptors, in order before, in reverse order after. */
final class Interception {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.interceptor");

    private final List<CallInterceptor> interceptors;

    Interception(List<CallInterceptor> interceptors) {
        this.interceptors = interceptors;
    }

    /** Lets each change the request; nothing, or why the call goes no further. */
    @Nullable
    Outcome before(Call call) {
        for (int i = 0; i < interceptors.size(); i++) {
            ServiceRequest changed;
            try {
                changed = interceptors.get(i).before(call.request);
            } catch (CallException failure) {
                return new Outcome.Thrown(failure);
            } catch (RuntimeException failure) {
                return Outcomes.unexpected("a call interceptor failed", failure);
            }
            if (changed == null || !changed.service().equals(call.request.service())) {
                return Outcomes.unexpected(
                        "a call interceptor failed",
                        new IllegalStateException(
                                changed == null ? "it gave no request" : "it gave a request to " + changed.service()));
            }
            call.request = changed;
            call.intercepted++;
        }
        return null;
    }

    /** Lets each change the answer; what one throws fails the call. */
    ServiceResponse after(Call call, ServiceResponse response) {
        ServiceResponse changed = response;
        for (int i = call.intercepted - 1; i >= 0; i--) {
            changed = interceptors.get(i).after(call.request, changed);
        }
        return changed;
    }

    /** Tells those that saw the request go that it failed. What they throw is logged and changes nothing. */
    void failed(Call call, CallException failure) {
        for (int i = call.intercepted - 1; i >= 0; i--) {
            try {
                interceptors.get(i).failed(call.request, failure);
            } catch (RuntimeException e) {
                LOG.error("[{}] a call interceptor failed after a failure", call.service.name, e);
            }
        }
    }
}
