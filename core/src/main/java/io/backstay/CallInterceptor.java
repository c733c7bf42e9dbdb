package io.backstay;

/**
 * A step of the user's own round each call, whatever the number of its attempts. Blocking and asynchronous calls run it alike,
 * under the caller's context, so it must not block for long. Thread-safe. What it throws fails the call as
 * {@link UnexpectedCallException}, or as itself where it is a {@link CallException}.
 */
public interface CallInterceptor {

    /** Before anything else happens; gives the request to go on with. Interceptors run in the order they were added. */
    default ServiceRequest before(ServiceRequest request) {
        return request;
    }

    /** After a good answer of the service; gives the answer to go on with. Interceptors run in reverse order. */
    default ServiceResponse after(ServiceRequest request, ServiceResponse response) {
        return response;
    }

    /** After a failure, before fallbacks are asked. */
    default void failed(ServiceRequest request, CallException failure) {}
}
