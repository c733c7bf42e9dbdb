package io.backstay.it;

import io.backstay.Backstay;
import io.backstay.Result;
import io.backstay.ServiceClient;
import io.backstay.TypeRef;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The README's example, compiled, run, and the same to the letter. */
class ReadmeExampleIT {

    record User(long id, String name) {}

    @Test
    void example_runs() throws Exception {
        try (LocalService service = new LocalService(
                exchange -> {
                    String body = exchange.getRequestMethod().equals("POST")
                            ? "{\"id\":2,\"name\":\"Grace\"}"
                            : exchange.getRequestURI().getQuery() != null
                                    ? "[{\"id\":1,\"name\":\"Ada\"}]"
                                    : "{\"id\":1,\"name\":\"Ada\"}";
                    LocalService.answer(exchange, 200, "application/json", body);
                },
                0)) {
            example(service.address());
        }
    }

    private static void example(URI address) {
        // @formatter:off
        // begin
        try (Backstay backstay =
                Backstay.builder().defaultEndpoint("user-service", address).build()) {
            ServiceClient users = backstay.client("user-service");
            User ada = users.get("/users/{id}", 1).as(User.class);
            Result<User> made = users.post("/users").body(new User(2, "Grace")).result(User.class);
            CompletableFuture<List<User>> later =
                    users.get("/users").query("q", "a").asAsync(new TypeRef<>() {});
            User anyone = users.get("/users/{id}", 3)
                    .fallback("default", failure -> new User(0, "nobody"))
                    .as(User.class);
            // end
            assertThat(ada).isEqualTo(new User(1, "Ada"));
            assertThat(made.orElseThrow().name()).isEqualTo("Grace");
            assertThat(later.join()).hasSize(1);
            assertThat(anyone).isEqualTo(ada);
        }
        // @formatter:on
    }

    @Test
    void readme_showsJustThat() throws Exception {
        Path root = Path.of("..").toRealPath();
        String readme = squeeze(Files.readString(root.resolve("README.md")));
        String code =
                Files.readString(root.resolve("integration-tests/src/test/java/io/backstay/it/ReadmeExampleIT.java"));
        String example = code.substring(code.indexOf("// begin") + "// begin".length(), code.indexOf("// end"))
                .replace("address)", "URI.create(\"http://localhost:8001\"))");

        assertThat(readme).contains(squeeze(example));
    }

    private static String squeeze(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining()).replace(" ", "");
    }
}
