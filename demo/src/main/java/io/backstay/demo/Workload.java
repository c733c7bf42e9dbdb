package io.backstay.demo;

import io.backstay.Backstay;
import io.backstay.ServiceClient;
import io.backstay.ServiceRequest;
import io.backstay.demo.Resource.Article;
import io.backstay.demo.Resource.Draft;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;

/**
 * Which call comes next: the services in turn, every other call of a service blocking. Most are GETs. Of those to people and
 * projects one of seven is a POST with an {@code Idempotency-Key}, and one of 250 a POST that must not be repeated. Knowledge is
 * only read, with a fallback.
 */
final class Workload implements LongFunction<Shot> {

    static final int KEYED_EVERY = 7;
    static final int UNSAFE_EVERY = 250;

    private static final int THINGS = 1_000;
    private static final List<Resource> IN_TURN = List.of(Resource.values());

    private final Map<Resource, ServiceClient> clients = new EnumMap<>(Resource.class);

    Workload(Backstay backstay) {
        for (Resource resource : Resource.values()) {
            clients.put(resource, backstay.client(resource.service()));
        }
    }

    @Override
    public Shot apply(long number) {
        Resource resource = IN_TURN.get((int) (number % IN_TURN.size()));
        long turn = number / IN_TURN.size();
        return new Shot(request(resource, turn), resource.type(), turn % 2 == 0);
    }

    private ServiceRequest request(Resource resource, long turn) {
        ServiceClient client = Objects.requireNonNull(clients.get(resource));
        if (resource == Resource.KNOWLEDGE) {
            return client.get("/articles/{id}", turn % THINGS)
                    .fallback("last known article", cause -> new Article(0, "Last known", "From before."));
        }
        if (turn % UNSAFE_EVERY == UNSAFE_EVERY / 2) {
            return client.post(resource.path()).body(new Draft("Number " + turn));
        }
        if (turn % KEYED_EVERY == KEYED_EVERY / 2) {
            return client.post(resource.path())
                    .body(new Draft("Number " + turn))
                    .header("Idempotency-Key", "demo-" + turn);
        }
        return client.get(resource.path() + "/{id}", turn % THINGS);
    }
}
