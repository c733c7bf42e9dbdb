package io.backstay;

import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ServiceInstanceTest {

    private static ServiceInstance.Builder builder() {
        return ServiceInstance.builder("users").host("one").port(8001);
    }

    private static void refused(ThrowingCallable building, String... words) {
        assertThatThrownBy(building).isInstanceOf(ConfigurationException.class).hasMessageContainingAll(words);
    }

    @Test
    void everyField_isToldAsGiven() {
        ServiceInstance instance = builder()
                .id("users-7")
                .type("http-api")
                .secure(true)
                .basePath("/api/v1/")
                .weight(2.5)
                .zone("a")
                .region("north")
                .version("1.4.2")
                .tags(List.of("canary"))
                .capabilities(List.of("search", "users:read"))
                .metadata(Map.of("team", "identity"))
                .status(InstanceStatus.SUSPECT)
                .build();

        assertThat(instance.id()).isEqualTo("users-7");
        assertThat(instance.type()).contains("http-api");
        assertThat(instance.baseUri()).isEqualTo(URI.create("https://one:8001/api/v1"));
        assertThat(instance.address()).isEqualTo("one:8001");
        assertThat(instance.weight()).isEqualTo(2.5);
        assertThat(instance.zone()).contains("a");
        assertThat(instance.region()).contains("north");
        assertThat(instance.version()).contains("1.4.2");
        assertThat(instance.tags()).containsExactly("canary");
        assertThat(instance.capabilities()).containsExactlyInAnyOrder("search", "users:read");
        assertThat(instance.metadata()).containsExactly(Map.entry("team", "identity"));
        assertThat(instance.status()).isEqualTo(InstanceStatus.SUSPECT);
        assertThat(instance.toBuilder().build().hasSameStateAs(instance)).isTrue();
        assertThat(instance).hasToString("users at https://one:8001/api/v1 (users-7), SUSPECT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://one", "https://one", "http://one:80/base", "http://[::1]:8080", "http://10.0.0.1:1/a%20b"
            })
    void address_isKeptAsItWasTold(String address) {
        ServiceInstance instance = ServiceInstance.of("users", URI.create(address));

        assertThat(instance.baseUri()).hasToString(address);
        assertThat(instance.id()).isEqualTo(address);
        assertThat(instance.toBuilder().build()).isEqualTo(instance);
    }

    @Test
    void port_thatWasNotTold_isThatOfTheScheme() {
        assertThat(ServiceInstance.of("users", URI.create("http://one")).port()).isEqualTo(80);
        assertThat(ServiceInstance.of("users", URI.create("HTTPS://one")).port())
                .isEqualTo(443);
        assertThat(ServiceInstance.of("users", URI.create("http://one")))
                .isEqualTo(ServiceInstance.of("users", URI.create("http://one:80/")));
    }

    @Test
    void whatMayChangeWhileItRuns_makesNoOtherInstance() {
        ServiceInstance instance = builder().id("1").build();
        List<ServiceInstance> changed = List.of(
                instance.toBuilder().weight(3).build(),
                instance.toBuilder().metadata(Map.of("a", "b")).build(),
                instance.toBuilder().version("2").build(),
                instance.toBuilder().zone("b").build(),
                instance.toBuilder().tags(List.of("t")).build(),
                instance.toBuilder().capabilities(List.of("c")).build(),
                instance.withStatus(InstanceStatus.DRAINING));

        assertThat(changed).allSatisfy(other -> {
            assertThat(other).isEqualTo(instance).hasSameHashCodeAs(instance);
            assertThat(other.hasSameStateAs(instance)).isFalse();
        });
    }

    @Test
    void newIdOrNewAddress_makesAnotherInstance() {
        ServiceInstance instance = builder().id("1").build();

        assertThat(List.of(
                        builder().id("2").build(),
                        builder().build(),
                        instance.toBuilder().port(8002).build(),
                        instance.toBuilder().host("two").build(),
                        instance.toBuilder().secure(true).build(),
                        instance.toBuilder().basePath("/x").build(),
                        ServiceInstance.builder("others")
                                .host("one")
                                .port(8001)
                                .id("1")
                                .build()))
                .doesNotContain(instance);
    }

    @Test
    void whatCannotBe_isRefusedWithTheFieldsName() {
        refused(() -> ServiceInstance.builder("a\nb"), "service", "U+000A");
        refused(() -> ServiceInstance.builder("a".repeat(256)), "service", "at most 255");
        refused(() -> builder().id(" "), "id");
        refused(() -> builder().id("\0"), "id", "U+0000");
        refused(() -> builder().type("x".repeat(129)), "type", "at most 128");
        refused(() -> builder().zone("\u0085"), "zone", "U+0085");
        refused(() -> builder().region(""), "region");
        refused(() -> builder().version(null), "version");
        refused(() -> builder().tags(List.of("")), "tags");
        refused(() -> builder().capabilities(List.of("ok", "\t")), "capabilities");
        refused(() -> builder().capabilities(Collections.nCopies(65, "x")), "capabilities", "at most 64");
        refused(() -> ServiceInstance.builder("users").build(), "host");
        refused(() -> builder().status(null), "status");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\ud800", "\udc00a", "\ud83d", "\ude00\ud83d"})
    void halfOfACharacter_isRefusedWhereverItIs_sinceNoStoreCouldKeepIt(String half) {
        refused(() -> ServiceInstance.builder(half), "service", "U+D");
        refused(() -> builder().id(half), "id", "U+D");
        refused(() -> builder().version(half), "version", "U+D");
        refused(() -> builder().tags(List.of(half)), "tags", "U+D");
        refused(() -> builder().metadata(Map.of(half, "x")), "metadata", "U+D");
        refused(() -> builder().metadata(Map.of("x", half)), "metadata", "U+D");
        assertThat(builder().id("a\ud83d\ude00b").build().id()).isEqualTo("a\ud83d\ude00b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\udb40\udc41"})
    void characterThatIsNotSeen_isRefusedInNames_lestALogShowsAnotherThanIsMeant(String unseen) {
        String name = "a" + unseen + "b";
        refused(() -> ServiceInstance.builder(name), "service", "U+", "position 1");
        refused(() -> builder().id(name), "id", "position 1");
        refused(() -> builder().type(name), "type", "position 1");
        refused(() -> builder().zone(name), "zone", "position 1");
        refused(() -> builder().region(name), "region", "position 1");
        refused(() -> builder().version(name), "version", "position 1");
        refused(() -> builder().tags(List.of(name)), "tags", "position 1");
        refused(() -> builder().capabilities(List.of(name)), "capabilities", "position 1");
        refused(() -> builder().metadata(Map.of(name, "x")), "metadata", "position 1");
        refused(() -> builder().basePath("/" + name), "base path");
        assertThat(builder().metadata(Map.of("x", name)).build().metadata()).containsValue(name);
        assertThat(builder().id("n\u00fc\u0301 \ud83d\ude00").build().id()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65_536, Integer.MAX_VALUE})
    void port_outsideItsRange_isRefused(int port) {
        refused(() -> builder().port(port), "port", "from 1 to 65535", String.valueOf(port));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.001, Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 1_000_001})
    void weight_outsideItsRange_isRefused(double weight) {
        refused(() -> builder().weight(weight), "weight");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a/b", "a:b:c:z", "user@host", "my_host", "a?b", "[::1", "http://one"})
    void host_thatIsNone_isRefused(String host) {
        refused(() -> builder().host(host), "host");
    }

    @ParameterizedTest
    @ValueSource(strings = {"api", "/a b", "/a?b=c", "/a#b", "/%zz"})
    void basePath_thatIsNone_isRefused(String path) {
        refused(() -> builder().basePath(path), "base path");
    }

    @Test
    void metadata_isBoundedByItsOctets() {
        String most = "ü".repeat(4_096 - 1);

        assertThat(builder().metadata(Map.of("ab", most)).build().metadata()).hasSize(1);
        refused(() -> builder().metadata(Map.of("abc", most)), "metadata", "8192", "8193");
        refused(() -> builder().metadata(Map.of("a\rb", "")), "metadata", "U+000D");
        refused(() -> builder().metadata(Map.of("a", "\u001b[31m")), "metadata", "U+001B");
        refused(() -> builder().metadata(Collections.singletonMap("a", null)), "metadata", "null");
    }

    @Test
    void metadata_isNeverShown() {
        assertThat(builder().metadata(Map.of("token", "s3cret")).build().toString())
                .doesNotContain("s3cret");
    }
}
