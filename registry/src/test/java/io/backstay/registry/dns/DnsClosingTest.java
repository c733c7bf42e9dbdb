package io.backstay.registry.dns;

import io.backstay.ServiceInstance;
import io.backstay.internal.endpoint.StackedResolver;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Who closes or begins to watch while an answer of DNS is being told on another thread: nobody waits for anybody. */
class DnsClosingTest {

    private final VirtualTime time = new VirtualTime();
    private final CountDownLatch telling = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private final List<List<String>> told = Collections.synchronizedList(new ArrayList<>());
    private volatile List<String> addresses = List.of("10.0.0.1");

    private final DnsResolver dns = DnsResolver.builder()
            .names(DnsName.hosts("{service}.prod", 80))
            .ipv6(false)
            .context(new ProviderContext(time, time, time, RandomSource.seeded(1), Runnable::run, name -> null))
            .build((name, kind) -> CompletableFuture.completedFuture(
                    new DnsAnswer(addresses.stream().map(DnsRecord::address).toList(), Duration.ofSeconds(1))));

    @AfterEach
    void letGo() {
        go.countDown();
    }

    private static List<String> hosts(List<ServiceInstance> instances) {
        return instances.stream().map(ServiceInstance::host).toList();
    }

    private void tell(List<ServiceInstance> instances) {
        told.add(hosts(instances));
    }

    /** Stands still in the second list, before that is taken in. */
    private InstanceListener standingIn(InstanceListener listener) {
        return instances -> {
            if (instances.size() == 2) {
                telling.countDown();
                await(go);
            }
            listener.onInstances(instances);
        };
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static CompletableFuture<Void> start(Runnable task) {
        return CompletableFuture.runAsync(task, each -> {
            Thread thread = new Thread(each);
            thread.setDaemon(true);
            thread.start();
        });
    }

    /** An answer with two addresses, of which the listener is being told when this returns. */
    private CompletableFuture<Void> answer() {
        addresses = List.of("10.0.0.1", "10.0.0.2");
        CompletableFuture<Void> answer = start(() -> time.advance(Duration.ofSeconds(1)));
        await(telling);
        return answer;
    }

    private static void ends(CompletableFuture<Void> task) throws Exception {
        task.get(10, TimeUnit.SECONDS);
    }

    @Test
    void closingTheLastWatch_waitsForNoAnswerThatIsBeingTold() throws Exception {
        EndpointResolver.Watch watch =
                dns.watch("users", standingIn(this::tell)).orElseThrow();
        CompletableFuture<Void> answer = answer();

        ends(start(watch::close));
        go.countDown();
        ends(answer);
        time.advance(Duration.ofMinutes(1));
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void closingTheResolver_waitsForNoAnswerThatIsBeingTold() throws Exception {
        dns.watch("users", standingIn(this::tell));
        CompletableFuture<Void> answer = answer();

        ends(start(dns::close));
        go.countDown();
        ends(answer);
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void watching_waitsForNoAnswerThatIsBeingTold_andHearsOfItAtOnce() throws Exception {
        dns.watch("users", standingIn(instances -> {}));
        CompletableFuture<Void> answer = answer();

        ends(start(() -> dns.watch("users", this::tell)));
        assertThat(told).containsExactly(List.of("10.0.0.1", "10.0.0.2"));
        ends(start(() -> dns.watch("orders", instances -> {})));
        go.countDown();
        ends(answer);
        assertThat(told).containsExactly(List.of("10.0.0.1", "10.0.0.2"));
    }

    /** One thread had the answer and wanted the stack; the other had the stack and wanted the answer. */
    @Test
    void closingAStackOfSources_whileAnAnswerIsOnItsWayThere_deadlocksNeither() throws Exception {
        EndpointResolver slow = (service, listener) -> dns.watch(service, standingIn(listener));
        EndpointResolver.Watch stack =
                new StackedResolver(List.of(slow)).watch("users", this::tell).orElseThrow();
        CompletableFuture<Void> answer = answer();

        CompletableFuture<Void> closed = start(stack::close);
        ends(closed);
        go.countDown();
        ends(answer);
        assertThat(told).containsExactly(List.of("10.0.0.1"));
        assertThat(time.pendingTasks()).isZero();
    }

    /** The answer's thread asks DNS of a second name, which another thread is asking for meanwhile. */
    @Test
    void sourceAskedWhileAnAnswerIsTold_deadlocksWithNoneThatWatches() throws Exception {
        EndpointResolver slow = (service, listener) -> dns.watch(service, standingIn(instances -> {
            listener.onInstances(List.of());
            CompletableFuture<Void> other = start(() -> dns.watch("users", this::tell));
            other.orTimeout(10, TimeUnit.SECONDS).join();
        }));
        EndpointResolver second = (service, listener) -> dns.watch("orders", listener);
        new StackedResolver(List.of(slow, second)).watch("users", instances -> {});
        go.countDown();
        addresses = List.of("10.0.0.1", "10.0.0.2");

        ends(start(() -> time.advance(Duration.ofSeconds(1))));
        assertThat(told).contains(List.of("10.0.0.1", "10.0.0.2"));
    }
}
