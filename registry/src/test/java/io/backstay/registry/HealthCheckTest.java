package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.StateWrite;
import io.backstay.testkit.FakeAnswer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static io.backstay.registry.World.instance;
import static io.backstay.registry.World.instances;
import static org.assertj.core.api.Assertions.assertThat;

/** Active checks, by a transport that answers by script. */
class HealthCheckTest {

    private final World world = new World();
    private final World.Process owner = world.start("owner");
    private final World.Process client = world.start("client");

    private void register(int count) {
        instances("users", count).forEach(owner.registry::register);
        world.seconds(1);
        client.told();
    }

    private int checks() {
        return client.transport.requests().size();
    }

    @Test
    void serviceThatNobodyUses_isNotChecked() {
        register(3);
        world.seconds(60);
        assertThat(checks()).isZero();
    }

    @Test
    void serviceInUse_isCheckedAtTheInterval_untilItIsNoLonger() {
        register(3);
        World.Use use = client.use("users");
        world.seconds(100);
        assertThat(checks()).isBetween(24, 38);
        use.close();
        int before = checks();
        world.seconds(100);
        assertThat(checks()).isEqualTo(before);
    }

    @Test
    void threeFailures_areDown_andTwoSuccessesUpAgain() {
        register(2);
        World.Use use = client.use("users");
        world.seconds(30);
        world.dead.add("h0:80");
        world.seconds(12);
        assertThat(use.sees()).containsExactly("h0:80 UP", "h1:80 UP");
        world.seconds(24);
        assertThat(use.sees()).containsExactly("h0:80 DOWN", "h1:80 UP");
        assertThat(client.registry.health(instance("users", "h0"))).hasValueSatisfying(health -> {
            assertThat(health.up()).isFalse();
            assertThat(health.consecutiveFailures()).isGreaterThanOrEqualTo(3);
            assertThat(health.detail()).isEqualTo("connection failed");
        });
        world.dead.clear();
        world.seconds(8);
        assertThat(use.sees()).containsExactly("h0:80 DOWN", "h1:80 UP");
        world.seconds(16);
        assertThat(use.sees()).containsExactly("h0:80 UP", "h1:80 UP");
        assertThat(client.told()).containsExactly("Down h0:80", "Up h0:80");
    }

    @Test
    void statusAndBody_decide() {
        World strict = new World();
        World.Process process = strict.start(
                "client",
                builder -> builder.healthCheck(HealthCheck.http("/health")
                        .withStatus(code -> code == 204 || code == 200)
                        .withBody(body -> body.contains("\"ok\""))));
        process.registry.register(instance("users", "good"));
        process.registry.register(instance("users", "silent"));
        process.registry.register(instance("users", "broken"));
        strict.answers.put("good:80", FakeAnswer.ok("{\"status\":\"ok\"}"));
        strict.answers.put("silent:80", FakeAnswer.status(204));
        strict.answers.put("broken:80", FakeAnswer.status(503));
        World.Use use = process.use("users");
        strict.seconds(60);
        assertThat(use.sees()).containsExactly("broken:80 DOWN", "good:80 UP", "silent:80 DOWN");
    }

    @Test
    void longBody_failsNoCheck_unlessThereIsARuleForIt() {
        World.Process strict = world.start(
                "strict",
                builder -> builder.healthCheck(HealthCheck.http("/health").withBody(body -> true)));
        register(1);
        world.answers.put("h0:80", FakeAnswer.ok("x".repeat(70_000)));
        client.use("users");
        world.seconds(60);
        assertThat(client.sees("users")).containsExactly("h0:80 UP");
        assertThat(client.registry.health(instance("users", "h0")).orElseThrow().detail())
                .isEqualTo("answered 200");
        world.answers.put("h0:80", FakeAnswer.ok("x").neverEnding());
        world.seconds(60);
        assertThat(client.sees("users")).containsExactly("h0:80 UP");
        assertThat(client.transport.running()).isZero();

        world.answers.put("h0:80", FakeAnswer.ok("x".repeat(70_000)));
        strict.use("users");
        world.seconds(15);
        assertThat(strict.registry.health(instance("users", "h0")).orElseThrow().detail())
                .isEqualTo("response too large");
    }

    @Test
    void answerThatNeverComes_isAFailureByTheTimeout() {
        register(2);
        client.use("users");
        world.answers.put("h0:80", FakeAnswer.never());
        world.seconds(60);
        assertThat(client.sees("users")).containsExactly("h0:80 DOWN", "h1:80 UP");
        assertThat(client.registry.health(instance("users", "h0")).orElseThrow().detail())
                .isEqualTo("timed out");
    }

    @Test
    void checksThatEndAfterClosing_sayNothingOfInstances() {
        World.Process closing = world.start(
                "closing",
                builder -> builder.healthCheck(
                        HealthCheck.http("/health").withThresholds(1, 1).withTimeout(Duration.ofSeconds(10))));
        register(2);
        closing.use("users");
        closing.told();
        world.answers.put("h0:80", FakeAnswer.never());
        while (closing.transport.running() == 0) {
            world.seconds(1);
        }
        closing.registry.close();
        world.seconds(60);
        assertThat(closing.transport.running()).isZero();
        assertThat(closing.told()).isEmpty();
        assertThat(closing.sees("users")).containsExactly("h0:80 UP", "h1:80 UP");
    }

    @Test
    void pathThatAnInstanceTells_isAskedFromTheRoot() {
        owner.registry.register(instance("users", "one").toBuilder()
                .basePath("/api/v1")
                .metadata(Map.of(Registry.HEALTH_PATH, "/up?deep=1"))
                .build());
        owner.registry.register(
                instance("users", "two").toBuilder().basePath("/api/v1").build());
        client.use("users");
        world.seconds(30);
        assertThat(client.transport.requests())
                .extracting(request -> request.uri().toString())
                .contains("http://one:80/up?deep=1", "http://two:80/health")
                .doesNotContain("http://one:80/health");
    }

    @Test
    void responseTimes_areKept() {
        register(1);
        world.answers.put("h0:80", FakeAnswer.status(200).after(Duration.ofMillis(30)));
        client.use("users");
        world.seconds(60);
        assertThat(client.registry.health(instance("users", "h0"))).hasValueSatisfying(health -> {
            assertThat(health.responseTime()).isEqualTo(Duration.ofMillis(30));
            assertThat(health.averageResponseTime()).isEqualTo(Duration.ofMillis(30));
        });
    }

    @Test
    void passedCheck_isToldToWhoCalls_sinceItMayHaveEjectedTheInstance() {
        register(1);
        World.Use use = client.use("users");
        world.seconds(60);
        assertThat(use.healthy).hasSizeBetween(4, 8).containsOnly("h0:80");
    }

    @Test
    @Timeout(60)
    void mereConnection_isNotToldToWhoCalls_thoughAnInstanceTellsAHealthPath() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Registry registry = Registry.builder(world.server.connect())
                        .context(world.context(9))
                        .healthCheck(HealthCheck.standard().withTimeout(Duration.ofMinutes(1)))
                        .build()) {
            ServiceInstance instance = ServiceInstance.builder("users")
                    .host("127.0.0.1")
                    .port(server.getLocalPort())
                    .metadata(Map.of(Registry.HEALTH_PATH, "/health"))
                    .build();
            owner.registry.register(instance);
            world.seconds(1);
            List<String> healthy = new CopyOnWriteArrayList<>();
            registry.resolver().watch("users", new InstanceListener() {
                @Override
                public void onInstances(List<ServiceInstance> instances) {}

                @Override
                public void onHealthy(ServiceInstance each) {
                    healthy.add(each.address());
                }
            });
            world.seconds(11);
            InstanceHealth first = await(registry, instance, null);
            world.seconds(13);
            assertThat(await(registry, instance, first).detail()).isEqualTo("connected");
            assertThat(healthy).isEmpty();
        }
    }

    /** Connections are made by a thread of their own. */
    private static InstanceHealth await(Registry registry, ServiceInstance instance, @Nullable InstanceHealth before) {
        InstanceHealth now = null;
        while (now == null || (before != null && now.at().equals(before.at()))) {
            assertThat(Thread.currentThread().isInterrupted())
                    .as("its time is over")
                    .isFalse();
            Thread.onSpinWait();
            now = registry.health(instance).orElse(null);
        }
        return now;
    }

    @Test
    void checks_areSpreadEvenly_andBoundedInNumber() {
        World wide = new World();
        int[] most = {0};
        World.Process[] holder = new World.Process[1];
        holder[0] = wide.start("client", builder -> builder.checkConcurrency(20));
        World.Process process = holder[0];
        instances("users", 1_000).forEach(process.registry::register);
        for (int i = 0; i < 1_000; i++) {
            wide.answers.put("h" + i + ":80", FakeAnswer.status(200).after(Duration.ofMillis(50)));
        }
        process.use("users");
        wide.seconds(30);
        List<Integer> perSecond = new ArrayList<>();
        for (int second = 0; second < 20; second++) {
            int before = process.transport.requests().size();
            for (int i = 0; i < 20; i++) {
                wide.pass(Duration.ofMillis(50));
                most[0] = Math.max(most[0], process.transport.running());
            }
            perSecond.add(process.transport.requests().size() - before);
        }
        assertThat(perSecond).allSatisfy(count -> assertThat(count).isBetween(60, 140));
        assertThat(most[0]).isBetween(5, 20);
    }

    @Test
    void longFailed_staysByDefault_andIsDeregisteredByChoice() {
        register(2);
        client.use("users");
        world.dead.add("h0:80");
        world.pass(Duration.ofHours(3));
        assertThat(client.sees("users")).containsExactly("h0:80 DOWN", "h1:80 UP");

        World strict = new World();
        World.Process process = strict.start(
                "client",
                builder -> builder.healthCheck(
                        HealthCheck.http("/health").withDeregistrationAfter(Duration.ofMinutes(5))));
        strict.write(StateWrite.put("users/h0", InstanceEntries.encode(new InstanceEntry(instance("users", "h0"), 1))));
        strict.write(StateWrite.put("users/h1", InstanceEntries.encode(new InstanceEntry(instance("users", "h1"), 2))));
        strict.dead.add("h0:80");
        process.use("users");
        strict.pass(Duration.ofMinutes(5));
        assertThat(process.sees("users")).containsExactly("h0:80 DOWN", "h1:80 UP");
        strict.pass(Duration.ofMinutes(2));
        assertThat(process.sees("users")).containsExactly("h1:80 UP");
    }

    @Test
    void instanceThatComesBackAsAnother_isNotDownForWhatTheOneBeforeDid() {
        register(2);
        client.use("users");
        world.dead.add("h0:80");
        world.seconds(60);
        assertThat(client.sees("users")).contains("h0:80 DOWN");
        world.dead.clear();
        world.start("again").registry.register(instance("users", "h0"));
        world.seconds(1);
        assertThat(client.sees("users")).contains("h0:80 UP");
    }

    @Test
    void noChecks_meanNoChecks() {
        World.Process trusting = world.start("trusting", builder -> builder.healthCheck(HealthCheck.none()));
        register(2);
        trusting.use("users");
        world.seconds(60);
        assertThat(trusting.transport.requests()).isEmpty();
    }
}
