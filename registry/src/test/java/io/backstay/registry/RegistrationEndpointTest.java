package io.backstay.registry;

import io.backstay.registry.RegistrationEndpoint.Answer;
import io.backstay.spi.StateWrite;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

class RegistrationEndpointTest {

    private static final String ONE =
            "{\"service\":\"users\",\"id\":\"u 1\",\"host\":\"one\",\"port\":80,\"type\":\"core\"}";

    private final World world = new World();
    private final World.Process process = world.start("admin");
    private final World.Process other = world.start("other");
    private final RegistrationEndpoint endpoint = process.registry.endpoint();

    private Answer ask(String method, String path, @Nullable String query, String body) {
        CompletableFuture<Answer> answer = endpoint.answer(method, path, query, body.getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture();
        world.seconds(2);
        assertThat(answer).isCompleted();
        return answer.join();
    }

    private Answer ask(String method, String path, String body) {
        return ask(method, path, null, body);
    }

    private static JsonNode json(Answer answer) {
        return InstanceJson.readObject(answer.body());
    }

    private String register() {
        Answer answer = ask("POST", "/", ONE);
        assertThat(answer.status()).isEqualTo(201);
        return json(answer).get("registration").stringValue();
    }

    private static String renewal(String registration) {
        return "{\"registration\":\"" + registration + "\"}";
    }

    @Test
    void registered_isFoundByAll_andListed() {
        register();
        assertThat(other.sees("users")).containsExactly("one:80 UP");
        assertThat(json(ask("GET", "", "")).get("total").intValue()).isEqualTo(1);
        assertThat(json(ask("GET", "/users", ""))
                        .get("instances")
                        .get(0)
                        .get("type")
                        .stringValue())
                .isEqualTo("core");
        assertThat(json(ask("GET", "/users/u%201", "")).get("host").stringValue())
                .isEqualTo("one");
        assertThat(ask("GET", "/users/u2", "").status()).isEqualTo(404);
        assertThat(json(ask("GET", "/orders", "")).get("total").intValue()).isZero();
    }

    @Test
    void renewed_stays_andNotRenewed_goes() {
        String registration = register();
        for (int i = 0; i < 20; i++) {
            world.seconds(20);
            assertThat(ask("PUT", "/users/u%201", renewal(registration)).status())
                    .isEqualTo(204);
        }
        assertThat(other.sees("users")).containsExactly("one:80 UP");
        world.seconds(31);
        assertThat(other.sees("users")).containsExactly("one:80 SUSPECT");
        Answer late = ask("PUT", "/users/u%201", renewal(registration));
        assertThat(late.status()).isEqualTo(404);
        assertThat(late.contentType()).isEqualTo("application/problem+json");
    }

    @Test
    void laterOfTwo_wins_andTheEarlierIsTold() {
        String earlier = register();
        String later = register();
        assertThat(ask("PUT", "/users/u%201", renewal(earlier)).status()).isEqualTo(409);
        assertThat(ask("PUT", "/users/u%201", renewal(later)).status()).isEqualTo(204);
        assertThat(ask("DELETE", "/users/u%201", "registration=" + earlier, "").status())
                .isEqualTo(409);
        assertThat(other.sees("users")).hasSize(1);
        assertThat(ask("DELETE", "/users/u%201", "registration=" + later, "").status())
                .isEqualTo(204);
        assertThat(other.sees("users")).isEmpty();
    }

    @Test
    void removing_whatIsNotThere_isFine() {
        assertThat(ask("DELETE", "/users/u", "").status()).isEqualTo(204);
        assertThat(ask("DELETE", "/users/u", "registration=1", "").status()).isEqualTo(204);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":70000}",
                "{\"service\":\"us\\ners\",\"id\":\"u\",\"host\":\"one\",\"port\":80}",
                "{\"service\":\"users\\ud800\",\"id\":\"u\",\"host\":\"one\",\"port\":80}",
                "{\"service\":\"users\",\"id\":\"\\udc00\",\"host\":\"one\",\"port\":80}",
                "{\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"metadata\":{\"k\":\"\\ud800\"}}",
                "{\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"weight\":-2}",
                "{\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"leaseSeconds\":1}",
                "{\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"leaseSeconds\":\"30\"}",
                "{\"service\":\"users\",\"id\":\"u\",\"host\":\"one\",\"port\":80,\"leaseSeconds\":99999999999999}",
            })
    void badBodies_areRefused_withAProblemThatNamesTheMember(String body) {
        Answer answer = ask("POST", "/", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(json(answer).get("detail").stringValue()).isNotBlank();
        assertThat(other.registry.services()).isEmpty();
    }

    @Test
    void namesAndBodiesThatAreTooLong_areRefused() {
        String wide = ONE.replace("u 1", "ü".repeat(255)).replace("users", "s".repeat(255));
        assertThat(ask("POST", "/", wide).status()).isEqualTo(400);
        assertThat(ask("POST", "/", "{\"x\":\"" + "x".repeat(70_000) + "\"}").status())
                .isEqualTo(400);
        assertThat(ask("GET", "/users/" + "x".repeat(600), "").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "PATCH, /, 405",
        "POST, /users, 405",
        "POST, /users/u, 405",
        "GET, /a/b/c, 404",
        "GET, /users/%zz, 400",
        "GET, //, 400",
        "GET, /us%0Aers/u, 400",
        "PUT, /users/%00, 400",
        "DELETE, /users/a%0Db, 400",
        "PUT, /users/u, 400"
    })
    void otherRequests_areRefused(String method, String path, int status) {
        assertThat(ask(method, path, "").status()).isEqualTo(status);
    }

    @Test
    void methodThatIsNotAllowed_isToldWhichAre() {
        assertThat(ask("PATCH", "/", "").allow()).isEqualTo("GET, HEAD, POST");
        assertThat(ask("POST", "/users", "").allow()).isEqualTo("GET, HEAD");
        assertThat(ask("POST", "/users/u", "").allow()).isEqualTo("GET, HEAD, PUT, DELETE");
        assertThat(ask("GET", "/", "").allow()).isEmpty();
    }

    @Test
    void slashAtTheEnd_makesNoDifference() {
        register();
        assertThat(json(ask("GET", "/users/", "")).get("total").intValue()).isEqualTo(1);
        assertThat(json(ask("GET", "/users/u%201/", "")).get("id").stringValue())
                .isEqualTo("u 1");
        assertThat(ask("DELETE", "/users/", "").status()).isEqualTo(405);
        assertThat(ask("GET", "/users//", "").status()).isEqualTo(400);
    }

    @Test
    void listsThatAreLong_areReadPageByPage_withNoneMissing() {
        for (int i = 0; i < 1_205; i++) {
            process.registry.register(World.instance(i % 2 == 0 ? "a/b" : "users", "h" + i));
        }
        world.seconds(5);
        assertThat(pages("/", null)).containsExactly(1_000, 205);
        assertThat(pages("/", "500")).containsExactly(500, 500, 205);
        assertThat(pages("/users", "602")).containsExactly(602);
        assertThat(pages("/users", "601")).containsExactly(601, 1);
        for (String limit : List.of("0", "1001", "x", "")) {
            assertThat(ask("GET", "/", "limit=" + limit, "").status()).isEqualTo(400);
        }
    }

    /** How many each page has, none of which is on another. */
    private List<Integer> pages(String path, @Nullable String limit) {
        List<Integer> sizes = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        String query = limit == null ? null : "limit=" + limit;
        while (true) {
            JsonNode page = json(ask("GET", path, query, ""));
            page.get("instances")
                    .forEach(each ->
                            assertThat(ids.add(each.get("id").stringValue())).isTrue());
            sizes.add(page.get("instances").size());
            if (page.get("next") == null) {
                assertThat(ids).hasSize(page.get("total").intValue());
                return sizes;
            }
            query = (limit == null ? "" : "limit=" + limit + "&") + "after="
                    + URLEncoder.encode(page.get("next").stringValue(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void storeAway_isUnavailable_andReadsGoOn() {
        register();
        world.server.stop();
        assertThat(ask("POST", "/", ONE).status()).isEqualTo(503);
        assertThat(ask("PUT", "/users/u%201", renewal("1")).status()).isEqualTo(503);
        assertThat(ask("DELETE", "/users/u%201", "").status()).isEqualTo(503);
        assertThat(json(ask("GET", "/", "")).get("total").intValue()).isEqualTo(1);
    }

    @Test
    void leaseAskedFor_isTheOneThatIsGiven() {
        Answer answer = ask("POST", "/", ONE.replace("{", "{\"leaseSeconds\":300,"));
        assertThat(json(answer).get("leaseSeconds").intValue()).isEqualTo(300);
        world.pass(Duration.ofSeconds(290));
        assertThat(other.sees("users")).containsExactly("one:80 UP");
    }

    @Test
    void renewal_keepsTheLeaseItWasRegisteredWith() {
        String registration = json(ask("POST", "/", ONE.replace("{", "{\"leaseSeconds\":120,")))
                .get("registration")
                .stringValue();
        for (int i = 0; i < 5; i++) {
            world.seconds(100);
            assertThat(ask("PUT", "/users/u%201", renewal(registration)).status())
                    .isEqualTo(204);
        }
        world.seconds(110);
        assertThat(other.sees("users")).containsExactly("one:80 UP");
        world.seconds(10);
        assertThat(other.sees("users")).containsExactly("one:80 SUSPECT");
    }

    @Test
    void renewalForAnotherLease_countsOnce() {
        String registration = register();
        String longer = renewal(registration).replace("}", ",\"leaseSeconds\":300}");
        assertThat(ask("PUT", "/users/u%201", longer).status()).isEqualTo(204);
        world.seconds(290);
        assertThat(other.sees("users")).containsExactly("one:80 UP");
        assertThat(ask("PUT", "/users/u%201", renewal(registration)).status()).isEqualTo(204);
        world.seconds(30);
        assertThat(other.sees("users")).containsExactly("one:80 SUSPECT");
    }

    @Test
    void renewalOfAnEntryWhoseLeaseIsDamaged_isForTheDefault() {
        InstanceEntry entry = new InstanceEntry(World.instance("users", "one"), 0xabc);
        world.write(StateWrite.put("users/one", InstanceEntries.encode(entry, Map.of("leaseSeconds", "long")))
                .withLease(Duration.ofSeconds(20)));
        world.seconds(10);
        assertThat(ask("PUT", "/users/one", renewal("abc")).status()).isEqualTo(204);
        world.seconds(25);
        assertThat(other.sees("users")).containsExactly("one:80 UP");
    }

    @Test
    void slashesInNames_arePercentEncoded() {
        ask("POST", "/", ONE.replace("users", "a/b").replace("u 1", "http://x/1"));
        assertThat(json(ask("GET", "/a%2Fb/http%3A%2F%2Fx%2F1", "")).get("host").stringValue())
                .isEqualTo("one");
    }
}
