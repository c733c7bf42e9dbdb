package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.Problem;
import io.backstay.ServiceInstance;
import io.backstay.Setting;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Registration over HTTP, for services that are written in other languages: what a request asks becomes what is to be answered, whatever
 * server it came by. Bodies are JSON, refusals problem details (RFC 9457). Thread-safe; never blocks. It asks nobody who they are: mount it
 * behind what does.
 *
 * <table>
 * <caption>Requests, below wherever it is mounted</caption>
 * <tr><th>request</th><th>meaning</th></tr>
 * <tr><td>{@code POST /}</td><td>registers the instance in the body, in place of one with the same service and id, for a lease
 *     ({@code leaseSeconds} in the body, default 30); 201 with {@code registration}, by which it is renewed</td></tr>
 * <tr><td>{@code PUT /SERVICE/ID}</td><td>renews, by {@code {"registration": …}} in the body, for the lease it was registered with, or once
 *     for another ({@code leaseSeconds} in the body); 204, 404 when it has gone and must be registered anew, 409 when somebody else has
 *     registered it since</td></tr>
 * <tr><td>{@code DELETE /SERVICE/ID}</td><td>removes; 204, also when there is nothing. With {@code ?registration=} only where it still is
 *     that one, else 409</td></tr>
 * <tr><td>{@code GET /}, {@code GET /SERVICE}</td><td>lists all instances, or those of a service, in the order of services and ids:
 *     {@code total}, how many there are, {@code instances}, a page of them, and {@code next} where more follow: the next page begins
 *     with {@code ?after=} it, percent-encoded. A page has 1,000, or fewer with {@code ?limit=}</td></tr>
 * <tr><td>{@code GET /SERVICE/ID}</td><td>tells of one; 404 when there is none</td></tr>
 * </table>
 *
 * <p>Services and ids are percent-encoded in paths, slashes included; one slash at the end of a path makes no difference. {@code HEAD} is
 * as {@code GET}. Any other method is answered by 405 with {@code Allow}.
 */
@SuppressWarnings("ArrayRecordComponent")
public final class RegistrationEndpoint {

    /** The greatest length of a request's body, in octets. */
    public static final int MAX_BODY_BYTES = InstanceEntries.MAX_BYTES;

    /** How long a registration stays that says nothing of it. */
    static final Setting<Long> LEASE_SECONDS = Setting.ranged(
            "leaseSeconds", Long.class, 30L, 5L, 3_600L, "How long a registration stays unless it is renewed.");

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");
    /** So many are listed at once. */
    static final Setting<Integer> LIMIT =
            Setting.ranged("limit", Integer.class, 1_000, 1, 1_000, "How many instances a page of a list has at most.");

    private final Registry registry;
    private final Registrations registrations;
    private final StateTable table;
    private final InstanceJson json = new InstanceJson(UnaryOperator.identity());

    /**
     * One of a registry.
     *
     * @param table where the instances of its region are
     */
    RegistrationEndpoint(Registry registry, Registrations registrations, StateTable table) {
        this.registry = registry;
        this.registrations = registrations;
        this.table = table;
    }

    /**
     * What to answer.
     *
     * @param status of HTTP
     * @param contentType of the body; empty where there is none
     * @param allow what the field {@code Allow} is to say; empty where it is not to be there
     * @param body may be empty
     */
    public record Answer(int status, String contentType, String allow, byte[] body) {

        static Answer nothing() {
            return new Answer(204, "", "", new byte[0]);
        }

        static Answer json(int status, Object value) {
            return new Answer(status, "application/json", "", InstanceJson.write(value));
        }

        static Answer problem(int status, String title, String detail) {
            Problem problem = Problem.of(status, title).withDetail(detail);
            return new Answer(status, Problem.MEDIA_TYPE, "", InstanceJson.write(problem.toMembers()));
        }

        static Answer notAllowed(String methods) {
            Answer problem = problem(405, "Method Not Allowed", "allowed are " + methods);
            return new Answer(problem.status, problem.contentType, methods, problem.body);
        }

        @Override
        public String toString() {
            return "status " + status + ", " + body.length + " B";
        }
    }

    /**
     * Does what a request asks.
     *
     * @param method of HTTP, in capitals
     * @param path below where this is mounted, encoded: {@code /} or {@code /SERVICE} or {@code /SERVICE/ID}
     * @param query encoded, without the question mark; null where there is none
     * @param body the octets; empty where there are none
     * @return never fails
     */
    public CompletionStage<Answer> answer(String method, String path, @Nullable String query, byte[] body) {
        try {
            List<String> names = RequestPath.names(path);
            return switch (names.size()) {
                case 0 -> ofAll(method, query, body);
                case 1 -> ofService(method, names.get(0), query);
                case 2 -> ofInstance(method, names.get(0), names.get(1), query, body);
                default -> now(Answer.problem(404, "Not Found", "paths are /, /SERVICE or /SERVICE/ID"));
            };
        } catch (ConfigurationException e) {
            return now(Answer.problem(400, "Bad Request", String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.error("a request of registration failed", e);
            return now(Answer.problem(500, "Internal Server Error", "the request could not be carried out"));
        }
    }

    private static CompletionStage<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    private CompletionStage<Answer> ofAll(String method, @Nullable String query, byte[] body) {
        return switch (method) {
            case "GET", "HEAD" -> now(list(registry.discover(ServiceQuery.any()), query));
            case "POST" -> register(body);
            default -> now(Answer.notAllowed("GET, HEAD, POST"));
        };
    }

    private CompletionStage<Answer> ofService(String method, String service, @Nullable String query) {
        return switch (method) {
            case "GET", "HEAD" -> now(list(registry.discover(service), query));
            default -> now(Answer.notAllowed("GET, HEAD"));
        };
    }

    private CompletionStage<Answer> ofInstance(
            String method, String service, String id, @Nullable String query, byte[] body) {
        String key = InstanceEntries.key(service, id);
        return switch (method) {
            case "GET", "HEAD" -> now(one(service, id));
            case "PUT" -> renew(key, body);
            case "DELETE" -> remove(key, RequestPath.parameter(query, "registration"));
            default -> now(Answer.notAllowed("GET, HEAD, PUT, DELETE"));
        };
    }

    /** Regions may have instances of the same service and id: these are on one page, though it has more than the limit then. */
    private static Answer list(List<ServiceInstance> instances, @Nullable String query) {
        String after = RequestPath.parameter(query, "after");
        int limit = limit(RequestPath.parameter(query, LIMIT.name()));
        List<Listed> rest = instances.stream()
                .map(instance -> new Listed(InstanceEntries.key(instance), instance))
                .filter(each -> after == null || each.key().compareTo(after) > 0)
                .sorted(Comparator.comparing(Listed::key))
                .toList();
        int end = Math.min(limit, rest.size());
        while (end > 0
                && end < rest.size()
                && rest.get(end).key().equals(rest.get(end - 1).key())) {
            end++;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("total", instances.size());
        members.put(
                "instances",
                rest.subList(0, end).stream()
                        .map(each -> InstanceJson.members(each.instance()))
                        .toList());
        if (end < rest.size()) {
            members.put("next", rest.get(end - 1).key());
        }
        return Answer.json(200, members);
    }

    private record Listed(String key, ServiceInstance instance) {}

    private static int limit(@Nullable String text) {
        try {
            return text == null ? LIMIT.defaultValue() : LIMIT.check(Integer.valueOf(text));
        } catch (NumberFormatException e) {
            throw new ConfigurationException("the parameter limit is no whole number");
        }
    }

    private Answer one(String service, String id) {
        return registry.discover(service).stream()
                .filter(instance -> instance.id().equals(id))
                .findFirst()
                .map(instance -> Answer.json(200, InstanceJson.members(instance)))
                .orElseGet(RegistrationEndpoint::unknown);
    }

    private static Answer unknown() {
        return Answer.problem(404, "Not Found", "there is no such instance: register it anew");
    }

    private static Answer conflict() {
        return Answer.problem(409, "Conflict", "somebody else has registered this service and id since");
    }

    private JsonNode read(byte[] body) {
        if (body.length > MAX_BODY_BYTES) {
            throw new ConfigurationException("a body must have at most " + MAX_BODY_BYTES + " octets");
        }
        return InstanceJson.readObject(body);
    }

    private CompletionStage<Answer> register(byte[] body) {
        JsonNode object = read(body);
        Duration asked = lease(object);
        Duration lease = asked != null ? asked : Duration.ofSeconds(LEASE_SECONDS.defaultValue());
        ServiceInstance instance = registrations.placed(json.read(object));
        long owner = registrations.newOwner();
        byte[] octets = InstanceEntries.encode(
                new InstanceEntry(instance, owner), Map.of(LEASE_SECONDS.name(), lease.toSeconds()));
        StateWrite write = StateWrite.put(InstanceEntries.key(instance), octets).withLease(lease);
        return answered(table.apply(write).thenApply(written -> {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("registration", Long.toHexString(owner));
            members.put("leaseSeconds", lease.toSeconds());
            members.put("instance", InstanceJson.members(instance));
            return Answer.json(201, members);
        }));
    }

    /** What a body says of the lease; null where it says nothing. */
    private static @Nullable Duration lease(JsonNode object) {
        JsonNode node = object.get(LEASE_SECONDS.name());
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new ConfigurationException("the member leaseSeconds is no whole number");
        }
        return Duration.ofSeconds(LEASE_SECONDS.check(node.longValue()));
    }

    /** The lease an entry was registered with; the default for one that was not written here. */
    private static Duration leaseOf(StateEntry entry) {
        Duration kept = null;
        try {
            kept = lease(InstanceJson.readObject(entry.value()));
        } catch (ConfigurationException damaged) {
            LOG.debug("the lease of {} cannot be read: {}", entry.key(), damaged.toString());
        }
        return kept != null ? kept : Duration.ofSeconds(LEASE_SECONDS.defaultValue());
    }

    /** Looks at the entry first, since the lease is that of a version, and the version is another's when somebody else has written it. */
    private CompletionStage<Answer> renew(String key, byte[] body) {
        JsonNode object = read(body);
        String registration = InstanceJson.required(object, "registration");
        Duration asked = lease(object);
        return answered(table.get(key).thenCompose(found -> {
            StateEntry entry = found.orElse(null);
            if (entry == null) {
                return now(unknown());
            }
            if (!isOf(entry, registration)) {
                return now(conflict());
            }
            Duration lease = asked != null ? asked : leaseOf(entry);
            return table.renew(List.of(new StateLease(key, entry.version(), lease)))
                    .thenApply(gone -> gone.contains(key) ? unknown() : Answer.nothing());
        }));
    }

    private CompletionStage<Answer> remove(String key, @Nullable String registration) {
        if (registration == null) {
            return answered(table.apply(StateBatch.of(StateWrite.remove(key))).thenApply(written -> Answer.nothing()));
        }
        return answered(table.get(key).thenCompose(found -> {
            StateEntry entry = found.orElse(null);
            if (entry == null) {
                return now(Answer.nothing());
            }
            if (!isOf(entry, registration)) {
                return now(conflict());
            }
            return table.apply(StateBatch.of(StateWrite.remove(key).ifVersion(entry.version())))
                    .thenApply(written -> written.isApplied() ? Answer.nothing() : conflict());
        }));
    }

    private static boolean isOf(StateEntry entry, String registration) {
        try {
            return registration.equals(InstanceJson.optional(InstanceJson.readObject(entry.value()), "owner"));
        } catch (ConfigurationException damaged) {
            return false;
        }
    }

    private static CompletionStage<Answer> answered(CompletionStage<Answer> stage) {
        return stage.exceptionally(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof StateStoreException store && store.isTransient()) {
                return Answer.problem(503, "Service Unavailable", "the store of the registry cannot be reached now");
            }
            LOG.error("a request of registration failed", cause);
            return Answer.problem(500, "Internal Server Error", "the request could not be carried out");
        });
    }
}
