package io.backstay.it;

import io.backstay.Backoff;
import io.backstay.Backstay;
import io.backstay.CallCancelledException;
import io.backstay.CallContext;
import io.backstay.CallException;
import io.backstay.CallPolicy;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.FailureKind;
import io.backstay.HttpStatusException;
import io.backstay.Result;
import io.backstay.RetryPolicy;
import io.backstay.ServiceClient;
import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import io.backstay.ServiceResponse;
import io.backstay.event.BreakerStateChanged;
import io.backstay.guard.BreakerState;
import io.backstay.spi.SystemTime;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The whole client over real sockets. Each transport has a small class that extends this one. */
abstract class CallsOverSockets {

    record User(long id, String name) {}

    private static final RetryPolicy AT_ONCE =
            RetryPolicy.builder().backoff(Backoff.none()).build();

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    /** The short name of the transport. */
    abstract String transport();

    private Backstay.Builder builder() {
        return Backstay.builder().setting("backstay.transport", transport());
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(resource);
        return resource;
    }

    private LocalService service(String body) throws Exception {
        return opened(new LocalService(LocalService.json(200, body)));
    }

    private ServiceClient client(CallPolicy policy, LocalService... instances) {
        return backstay(policy, instances).client("users");
    }

    private Backstay backstay(CallPolicy policy, LocalService... instances) {
        URI[] addresses = new URI[instances.length];
        for (int i = 0; i < instances.length; i++) {
            addresses[i] = instances[i].address();
        }
        return opened(builder().policy(policy).endpoint("users", addresses).build());
    }

    private static CallException failure(Result<?> result) {
        assertThat(result).isInstanceOf(Result.Failure.class);
        return ((Result.Failure<?>) result).cause();
    }

    @ParameterizedTest
    @EnumSource
    void everyMethod_reachesTheService(Mode mode) throws Exception {
        LocalService service = opened(new LocalService(exchange -> {
            String sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("X-Seen", exchange.getRequestMethod() + " " + exchange.getRequestURI());
            LocalService.answer(
                    exchange, 200, "text/plain", exchange.getRequestMethod().equals("HEAD") ? "" : sent + "!");
        }));
        ServiceClient users = client(CallPolicy.standard(), service);

        Map<ServiceRequest, String> seen = Map.of(
                users.get("/a/{b}", "x y").query("q", "ü"), "GET /a/x%20y?q=%C3%BC",
                users.head("/a"), "HEAD /a",
                users.post("/a").body("hi", "text/plain"), "POST /a",
                users.put("/a").body("hi", "text/plain"), "PUT /a",
                users.patch("/a").form(Map.of("k", "v")), "PATCH /a",
                users.delete("/a"), "DELETE /a",
                users.options("/a"), "OPTIONS /a");
        for (Map.Entry<ServiceRequest, String> each : seen.entrySet()) {
            ServiceResponse response =
                    mode.result(each.getKey(), ServiceResponse.class).orElseThrow();
            assertThat(response.headers().first("x-seen")).contains(each.getValue());
        }
        assertThat(mode.result(users.patch("/a").form(Map.of("k", "v&")), String.class)
                        .orElseThrow())
                .isEqualTo("k=v%26!");
    }

    @ParameterizedTest
    @EnumSource
    void deadInstance_costsNoCall(Mode mode) throws Exception {
        LocalService alive = service("{\"id\":1,\"name\":\"ada\"}");
        LocalService dead = service("{}");
        ServiceClient users = client(CallPolicy.builder().retry(AT_ONCE).build(), alive, dead);
        dead.close();

        for (int i = 0; i < 50; i++) {
            assertThat(mode.result(users.get("/users/{id}", i), User.class))
                    .isEqualTo(new Result.Success<>(new User(1, "ada")));
        }
        assertThat(alive.requests).hasValue(50);
    }

    @ParameterizedTest
    @EnumSource
    void postThatNeverLeft_isRepeatedOnTheOtherInstance(Mode mode) throws Exception {
        LocalService alive = service("{}");
        LocalService dead = service("{}");
        ServiceClient users = client(CallPolicy.builder().retry(AT_ONCE).build(), dead, alive);
        dead.close();

        for (int i = 0; i < 10; i++) {
            assertThat(mode.result(users.post("/users").body(new User(i, "x")), String.class)
                            .hasValue())
                    .isTrue();
        }
        assertThat(alive.requests).hasValue(10);
    }

    @ParameterizedTest
    @EnumSource
    void allInstancesGone_areRefusedFastOnceTheBreakerIsOpen_andCalledAgainWhenBack(Mode mode) throws Exception {
        LocalService service = service("{}");
        int port = service.port();
        CallPolicy policy = CallPolicy.builder()
                .retry(RetryPolicy.never())
                .breaker(CircuitBreakerPolicy.builder()
                        .openTime(Duration.ofMillis(300))
                        .build())
                .build();
        CountDownLatch probing = new CountDownLatch(1);
        Backstay backstay = opened(builder()
                .policy(policy)
                .endpoint("users", service.address())
                .listener(BreakerStateChanged.class, change -> {
                    if (change.to() == BreakerState.HALF_OPEN) {
                        probing.countDown();
                    }
                })
                .build());
        ServiceClient users = backstay.client("users");
        service.close();

        for (int i = 0; i < 5; i++) {
            assertThat(failure(mode.result(users.get("/"), String.class)).kind())
                    .isEqualTo(FailureKind.CONNECT_FAILED);
        }
        assertThat(failure(mode.result(users.get("/"), String.class))).isInstanceOf(CallRejectedException.class);
        assertThat(backstay.breaker("users").orElseThrow().state()).isEqualTo(BreakerState.OPEN);

        opened(new LocalService(LocalService.json(200, "{}"), port));
        assertThat(probing.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(mode.result(users.get("/"), String.class).hasValue()).isTrue();
        assertThat(backstay.breaker("users").orElseThrow().state()).isEqualTo(BreakerState.CLOSED);
    }

    @ParameterizedTest
    @EnumSource
    void slowBody_isEndedByTheAttemptTimeout(Mode mode) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        LocalService slow = opened(new LocalService(exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            awaitQuietly(never);
        }));
        ServiceClient users = client(
                CallPolicy.builder()
                        .attemptTimeout(Duration.ofMillis(200))
                        .retry(RetryPolicy.never())
                        .build(),
                slow);

        CallException failure = failure(mode.result(users.get("/"), String.class));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(failure.details().elapsed()).isBetween(Duration.ofMillis(190), Duration.ofSeconds(10));
        never.countDown();
    }

    @Test
    void interruptedCaller_isFreedAtOnce() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        LocalService stuck = opened(new LocalService(exchange -> {
            arrived.countDown();
            awaitQuietly(never);
        }));
        ServiceClient users = client(CallPolicy.standard(), stuck);
        AtomicReference<Throwable> ended = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                users.get("/").execute();
            } catch (CallException e) {
                ended.set(e);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        caller.start();
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();

        caller.interrupt();
        caller.join(10_000);

        assertThat(ended.get()).isInstanceOf(CallCancelledException.class);
        assertThat(flag).hasValue(true);
        never.countDown();
    }

    /** A browser calls front, front calls users: one correlation id, and a deadline that shrinks on the way. */
    @ParameterizedTest
    @EnumSource
    void correlationIdAndDeadline_goFromServiceToService(Mode mode) throws Exception {
        AtomicReference<String> seen = new AtomicReference<>();
        LocalService users = opened(new LocalService(exchange -> {
            seen.set(exchange.getRequestHeaders().getFirst("X-Correlation-ID") + " "
                    + exchange.getRequestHeaders().getFirst("X-Deadline-Ms"));
            LocalService.answer(exchange, 200, "application/json", "{}");
        }));
        ServiceClient inner = client(CallPolicy.standard(), users);
        LocalService front = opened(new LocalService(exchange -> {
            inner.get("/users").execute();
            LocalService.answer(exchange, 200, "text/plain", "done");
        }));
        ServiceClient outer = opened(builder().build()).client("front", front.address());

        Result<ServiceResponse> result;
        try (CallContext.Scope scope =
                CallContext.empty().withCorrelationId("c-42").open()) {
            result = mode.result(outer.get("/").deadline(Duration.ofSeconds(7)), ServiceResponse.class);
        }

        assertThat(result.orElseThrow().headers().first("X-Correlation-ID")).contains("c-42");
        String[] parts = seen.get().split(" ", 2);
        assertThat(parts[0]).isEqualTo("c-42");
        assertThat(Long.parseLong(parts[1])).isBetween(1L, 7_000L);
    }

    @ParameterizedTest
    @EnumSource
    void failureBehindAService_isAProblemWithRetryAfter(Mode mode) throws Exception {
        LocalService gone = service("{}");
        ServiceClient inner =
                client(CallPolicy.builder().retry(RetryPolicy.never()).build(), gone);
        gone.close();
        LocalService front =
                opened(new LocalService(exchange -> inner.get("/users").execute()));
        ServiceClient outer = opened(builder()
                        .policy(CallPolicy.builder().retry(RetryPolicy.never()).build())
                        .build())
                .client("front", front.address());

        CallException failure = failure(mode.result(outer.get("/"), String.class));

        assertThat(failure).hasCauseInstanceOf(HttpStatusException.class);
        HttpStatusException answer = (HttpStatusException) failure.getCause();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.retryAfter()).contains(Duration.ofSeconds(1));
        assertThat(answer.problemDetails().orElseThrow().extensions()).containsEntry("service", "users");
    }

    @ParameterizedTest
    @EnumSource
    void responseBeyondTheCap_fails(Mode mode) throws Exception {
        LocalService big = service("x".repeat(5_000));
        ServiceClient users =
                client(CallPolicy.builder().maxResponseBytes(4_999).build(), big);

        CallException failure = failure(mode.result(users.get("/"), String.class));

        assertThat(failure.kind()).isEqualTo(FailureKind.RESPONSE_TOO_LARGE);
        assertThat(big.requests).hasValue(1);
    }

    @Test
    void cancelledFuture_freesTheConnection() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        LocalService stuck = opened(new LocalService(exchange -> {
            arrived.countDown();
            awaitQuietly(never);
        }));
        Backstay backstay = backstay(CallPolicy.standard(), stuck);
        CompletableFuture<String> future = backstay.client("users").get("/").asAsync(String.class);
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();

        long before = SystemTime.shared().nanoTime();
        assertThat(future.cancel(true)).isTrue();
        backstay.close();
        Duration closing = Duration.ofNanos(SystemTime.shared().nanoTime() - before);

        never.countDown();
        assertThat(closing).as("a call still listed would hold it for 10 s").isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void warmUp_opensConnections() throws Exception {
        LocalService one = service("{}");
        LocalService two = service("{}");
        URI gone = two.address();
        ServiceClient users = client(CallPolicy.standard(), one, two);
        two.close();

        Map<ServiceInstance, Boolean> answered = users.warmUp("/").get(10, TimeUnit.SECONDS);

        assertThat(answered)
                .containsOnly(
                        Map.entry(ServiceInstance.of("users", one.address()), true),
                        Map.entry(ServiceInstance.of("users", gone), false));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
