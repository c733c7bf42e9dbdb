package io.backstay;

import java.io.File;
import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request to a service. A value: each method that changes something gives a changed copy, so a request can be kept, shared
 * between threads and sent as often as one likes. What cannot be sent is refused when it is said, with an
 * {@link InvalidRequestException}.
 *
 * <p>It is sent by how the answer is wanted: {@link #as} blocks and throws, {@link #result} blocks and never throws
 * {@link CallException}, {@link #asAsync} and {@link #resultAsync} do not block, {@link #execute} gives the raw response,
 * {@link #stream} the raw response while its body still arrives.
 * Cancelling a future, or interrupting a blocked thread, ends the exchange and frees its connection. A failure that is in no log yet,
 * as a refusal or a 404, is logged at WARN when nobody has looked at the future within 10 s: see {@link WatchedFuture}.
 */
public final class ServiceRequest {

    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String[] NO_QUERY = {};
    /**
     * What frames the message, belongs to the connection (RFC 9110 §7.6.1) or is for its proxy alone (§11.7); setting it invites
     * request smuggling, or shows a server what it must not see. A proxy's user is set by {@link ProxySettings}.
     */
    private static final List<String> OF_THE_TRANSPORT = List.of(
            "Connection",
            "Content-Length",
            "Expect",
            "Host",
            "Keep-Alive",
            "Proxy-Authorization",
            "Proxy-Connection",
            "TE",
            "Transfer-Encoding",
            "Upgrade");

    private final Caller caller;
    private final String service;
    private final String method;
    private final String pathTemplate;
    private final String path;
    private final String[] query;
    private final Headers headers;
    private final @Nullable Object body;
    private final @Nullable String contentType;
    private final CallOptions options;

    ServiceRequest(
            Caller caller, String service, String method, PathTemplate template, @Nullable Object... parameters) {
        this.caller = caller;
        this.service = service;
        this.method = method;
        this.pathTemplate = template.text();
        this.path = template.render(parameters);
        this.query = NO_QUERY;
        this.headers = Headers.empty();
        this.body = null;
        this.contentType = null;
        this.options = CallOptions.NONE;
    }

    private ServiceRequest(
            ServiceRequest from,
            String[] query,
            Headers headers,
            @Nullable Object body,
            @Nullable String contentType,
            CallOptions options) {
        this.caller = from.caller;
        this.service = from.service;
        this.method = from.method;
        this.pathTemplate = from.pathTemplate;
        this.path = from.path;
        this.query = query;
        this.headers = headers;
        this.body = body;
        this.contentType = contentType;
        this.options = options;
    }

    // What is sent

    /** One more query parameter; names may repeat. The values of an {@link Iterable} each become one. */
    public ServiceRequest query(String name, Object value) {
        if (name == null || name.isEmpty()) {
            throw new InvalidRequestException("query parameter name", "is empty");
        }
        if (value == null) {
            throw new InvalidRequestException("query parameter " + name, "is null; leave it out instead");
        }
        if (value instanceof Iterable<?> several) {
            ServiceRequest request = this;
            for (Object each : several) {
                request = request.query(name, each);
            }
            return request;
        }
        String[] more = Arrays.copyOf(query, query.length + 2);
        more[query.length] = name;
        more[query.length + 1] = PathTemplate.text("query parameter ", name, value);
        return new ServiceRequest(this, more, headers, body, contentType, options);
    }

    /** This header field in place of any of the same name. */
    public ServiceRequest header(String name, String value) {
        return headers(headers.with(name, value));
    }

    /**
     * These header fields in place of all.
     *
     * @throws InvalidRequestException when one is among those that belong to the transport, as {@code Content-Length}
     */
    public ServiceRequest headers(Headers fields) {
        for (String name : OF_THE_TRANSPORT) {
            if (fields.contains(name)) {
                throw new InvalidRequestException("header " + name, "belongs to the transport and cannot be set");
            }
        }
        if (fields.contains("Content-Type")) {
            throw new InvalidRequestException(
                    "header Content-Type", "belongs to the body: give it by body(value, mediaType)");
        }
        fields.requireValid();
        return new ServiceRequest(this, query, fields, body, contentType, options);
    }

    /** A body as JSON; octets ({@code byte[]} or a {@link BodySource}) as {@code application/octet-stream}. */
    public ServiceRequest body(Object value) {
        return body(value, isOctets(value) ? "application/octet-stream" : "application/json");
    }

    /**
     * A body in a media type for which there is a codec. Octets are sent as they are, in any media type; those of a
     * {@link BodySource} while they are read, in whatever number.
     *
     * @throws InvalidRequestException when the method allows no body: GET, HEAD, DELETE, OPTIONS
     */
    public ServiceRequest body(Object value, String mediaType) {
        requireSendable(value);
        if (!(method.equals("POST") || method.equals("PUT") || method.equals("PATCH"))) {
            throw new InvalidRequestException(
                    "body",
                    "cannot go with " + method + ": clients and servers disagree on it; allowed: POST, PUT, PATCH");
        }
        Headers.of("Content-Type", mediaType);
        if (!mediaType.contains("/")) {
            throw new InvalidRequestException(
                    "body", "has the media type " + mediaType + ", which is not type/subtype");
        }
        return new ServiceRequest(this, query, headers, value, mediaType, options);
    }

    /** A form with files as the body. */
    public ServiceRequest multipart(Multipart form) {
        return body(Require.nonNull("form", form).source(), form.contentType());
    }

    private static boolean isOctets(Object value) {
        return value instanceof byte[] || value instanceof BodySource;
    }

    /** A codec would make something of a stream or a path, but not what is meant. */
    private static void requireSendable(Object value) {
        if (value == null) {
            throw new InvalidRequestException("body", "is null; send an empty one as new byte[0], or none at all");
        }
        if (value instanceof InputStream || value instanceof Path || value instanceof File || value instanceof Reader) {
            throw new InvalidRequestException(
                    "body", "is a " + value.getClass().getName() + "; send what it holds by BodySource.of");
        }
    }

    /** A form of names and values as the body, in the map's order. The values of an {@link Iterable} each become a field. */
    public ServiceRequest form(Map<String, ?> fields) {
        if (fields == null) {
            throw new InvalidRequestException("form", "is null");
        }
        fields.forEach((name, value) -> {
            if (name == null || value == null) {
                throw new InvalidRequestException("form field " + name, "is null; leave it out instead");
            }
        });
        return body(new LinkedHashMap<>(fields), FORM);
    }

    // How it is sent

    /** Total time of this call in place of the policy's; never beyond the deadline of the work in hand. */
    public ServiceRequest deadline(Duration time) {
        return with(options.withDeadline(Settings.DEADLINE.check(time)));
    }

    /** Time of each attempt in place of the policy's. */
    public ServiceRequest attemptTimeout(Duration time) {
        return with(options.withAttemptTimeout(Settings.ATTEMPT_TIMEOUT.check(time)));
    }

    /** Says that this request may be repeated whatever its method. */
    public ServiceRequest idempotent() {
        return with(options.asIdempotent());
    }

    /** How much this call matters. */
    public ServiceRequest priority(Priority value) {
        return with(options.withPriority(Require.nonNull("priority", value)));
    }

    /**
     * Goes to the same instance as others with this key, as long as that one does well, where the policy's balancer is
     * {@link BalancePolicy#CONSISTENT_HASH}; stronger than the policy's header field. Never shown.
     */
    public ServiceRequest affinity(String key) {
        return with(options.withAffinity(Require.nonNull("affinity", key)));
    }

    /** Takes these statuses as answers, not as failures; 300 to 599. */
    public ServiceRequest acceptStatus(int... statuses) {
        for (int status : statuses) {
            if (status < 300 || status > 599) {
                throw new InvalidRequestException("accepted status", "is " + status + "; allowed: from 300 to 599");
            }
        }
        return with(options.accepting(statuses));
    }

    /**
     * One more fallback, asked after those before it when the call has failed. Asked when the service is unavailable, answered
     * with a status of 500 or above, 408 or 429, or could not be understood; not when the request was at fault or the
     * caller gave up. A value of another type than is asked for is a failure of the fallback.
     */
    public ServiceRequest fallback(String name, Function<? super CallException, ? extends @Nullable Object> answer) {
        return with(options.with(new Fallback(name, answer)));
    }

    private ServiceRequest with(CallOptions changed) {
        return new ServiceRequest(this, query, headers, body, contentType, changed);
    }

    // How the answer is wanted

    /** The decoded answer. Blocks. */
    public <T> T as(Class<T> type) {
        return caller.<T>call(this, wanted(type)).orElseThrow();
    }

    /** The decoded answer. Blocks. */
    public <T> T as(TypeRef<T> type) {
        return caller.<T>call(this, type.type()).orElseThrow();
    }

    /** How the call ended. Blocks; throws no {@link CallException}. */
    public <T> Result<T> result(Class<T> type) {
        return caller.call(this, wanted(type));
    }

    /** How the call ended. Blocks; throws no {@link CallException}. */
    public <T> Result<T> result(TypeRef<T> type) {
        return caller.call(this, type.type());
    }

    /** The response with its octets. Blocks. */
    public ServiceResponse execute() {
        return as(ServiceResponse.class);
    }

    /** The decoded answer, later; fails with {@link CallException}. */
    public <T> CompletableFuture<T> asAsync(Class<T> type) {
        return startAs(type);
    }

    /** The decoded answer, later; fails with {@link CallException}. */
    public <T> CompletableFuture<T> asAsync(TypeRef<T> type) {
        return startAs(type.type());
    }

    /** How the call ended, later; fails only when cancelled. */
    public <T> CompletableFuture<Result<T>> resultAsync(Class<T> type) {
        return startResult(type);
    }

    /** How the call ended, later; fails only when cancelled. */
    public <T> CompletableFuture<Result<T>> resultAsync(TypeRef<T> type) {
        return startResult(type.type());
    }

    /** The response with its octets, later. */
    public CompletableFuture<ServiceResponse> executeAsync() {
        return asAsync(ServiceResponse.class);
    }

    /**
     * The response as soon as its head is there, with a body that is read while it arrives; to be closed. Blocks until then.
     * The attempt's timeout ends there; the deadline holds to the end of the body, so give it time by {@link #deadline}.
     */
    public StreamedResponse stream() {
        return as(StreamedResponse.class);
    }

    /** The same, later. A future that is cancelled in time leaves nothing to close. */
    public CompletableFuture<StreamedResponse> streamAsync() {
        return asAsync(StreamedResponse.class);
    }

    private static Type wanted(@Nullable Type type) {
        if (type == null) {
            throw new InvalidRequestException("wanted type", "is null");
        }
        return type;
    }

    private <T> CompletableFuture<T> startAs(Type type) {
        CallFuture<T> future = new CallFuture<>();
        return future.cancelledBy(caller.<T>start(this, wanted(type), result -> {
            if (result instanceof Result.Failure<T> failure) {
                caller.fail(future, () -> future.fail(failure.cause()), failure.cause());
            } else {
                future.succeed(result.orElseThrow());
            }
        }));
    }

    private <T> CompletableFuture<Result<T>> startResult(Type type) {
        CallFuture<Result<T>> future = new CallFuture<>();
        return future.cancelledBy(caller.<T>start(this, wanted(type), result -> {
            if (result instanceof Result.Failure<T> failure) {
                caller.fail(future, () -> future.succeed(result), failure.cause());
            } else {
                future.succeed(result);
            }
        }));
    }

    // What it holds

    /** The service's name. */
    public String service() {
        return service;
    }

    /** The HTTP method, in capitals. */
    public String method() {
        return method;
    }

    /** The path with its parameters' names. */
    public String pathTemplate() {
        return pathTemplate;
    }

    /** Path and query, encoded. */
    public String target() {
        if (query.length == 0) {
            return path;
        }
        StringBuilder target = new StringBuilder(path.length() + 64).append(path);
        for (int i = 0; i < query.length; i += 2) {
            target.append(i == 0 ? '?' : '&');
            PathTemplate.appendEscaped(target, query[i]);
            target.append('=');
            PathTemplate.appendEscaped(target, query[i + 1]);
        }
        return target.toString();
    }

    /** The header fields set so far. */
    public Headers headers() {
        return headers;
    }

    /** The body before it is encoded. */
    public Optional<Object> body() {
        return Optional.ofNullable(body);
    }

    /** The media type of the body. */
    public Optional<String> contentType() {
        return Optional.ofNullable(contentType);
    }

    /** Deadline, attempt time, priority, affinity, accepted statuses and fallbacks, where the request has its own. */
    public CallOptions options() {
        return options;
    }

    /** Whether it may be repeated: by its method (RFC 9110 §9.2.2), its {@code Idempotency-Key}, or because it was said. */
    public boolean isIdempotent() {
        return options.idempotent()
                || !(method.equals("POST") || method.equals("PATCH"))
                || headers.first("Idempotency-Key")
                        .filter(key -> !key.isBlank())
                        .isPresent();
    }

    @Override
    public String toString() {
        return "[" + service + "] " + method + " " + pathTemplate;
    }
}
