package io.backstay.demo;

import io.backstay.Backstay;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.registry.Registry;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class JoiningTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ServiceInstance ADA = ServiceInstance.of("user-service", URI.create("http://127.0.0.1:8001"));

    private static Backstay byVariables(Joining joining) {
        return Backstay.builder().environment(joining.variables()).build();
    }

    private static Backstay bySettings(Joining joining) {
        Backstay.Builder builder = Backstay.builder().environment(Map.of());
        joining.settings().forEach(builder::setting);
        return builder.build();
    }

    private static boolean finds(Backstay backstay) {
        return backstay.extension(Registry.class).discover("user-service").stream()
                .anyMatch(found -> found.address().equals(ADA.address()) && found.status() == InstanceStatus.UP);
    }

    @Test
    void whoIsToldByVariables_isFoundByWhoIsToldBySettings_alsoAfterRedisWasKilledAndCameBackEmpty() throws Exception {
        try (RegistryServer redis = RegistryServer.start()) {
            Joining joining = new Joining(redis.uri(), Timing.quick());
            int port = redis.port();
            try (Backstay service = byVariables(joining);
                    Backstay caller = bySettings(joining)) {
                service.extension(Registry.class).register(ADA);
                assertThat(Waits.until(() -> finds(caller), PATIENCE)).isTrue();

                redis.kill();
                redis.startAgain();

                assertThat(redis.port()).isEqualTo(port);
                assertThat(finds(caller)).isTrue();
                try (Backstay newcomer = bySettings(joining)) {
                    assertThat(Waits.until(() -> finds(newcomer), PATIENCE)).isTrue();
                }
            }
        }
    }
}
