package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@SuppressWarnings("ModifiedButNotUsed")
class RegistrationTest {

    private static final Duration SOON = Duration.ofMillis(100);

    private final World world = new World();
    private final World.Process owner = world.start("owner");
    private final World.Process other = world.start("other");

    @Test
    void instance_isSeenByOthersAtOnce_withAllThatItSays() {
        ServiceInstance full = ServiceInstance.builder("users")
                .id("u-1")
                .host("one")
                .port(8443)
                .secure(true)
                .basePath("/api/v1")
                .type("core")
                .weight(2.5)
                .zone("a")
                .region("north")
                .version("1.4.2")
                .tags(List.of("canary"))
                .capabilities(List.of("users:read", "search"))
                .metadata(Map.of("team", "identity", Registry.HEALTH_PATH, "/up"))
                .build();
        Registration registration = owner.registry.register(full);
        world.pass(SOON);

        assertThat(other.registry.discover("users"))
                .singleElement()
                .satisfies(seen -> assertThat(seen.hasSameStateAs(full)).isTrue());
        assertThat(registration.isRegistered()).isTrue();
        assertThat(registration.whenRegistered()).isCompleted();
        assertThat(other.registry.services()).containsExactly("users");
        assertThat(other.registry.healthUrl(full)).hasToString("https://one:8443/up");
    }

    @Test
    void instanceWithoutAnId_isEqualToWhatIsFound() {
        ServiceInstance plain = ServiceInstance.builder("users")
                .host("one")
                .port(80)
                .basePath("/api")
                .build();
        owner.registry.register(plain);
        world.pass(SOON);
        assertThat(other.registry.discover("users")).containsExactly(plain);
    }

    @Test
    void registration_staysForAsLongAsItIsKept_withoutAnybodyBeingTold() {
        owner.registry.register(instance("users", "one"));
        world.pass(SOON);
        assertThat(other.told()).containsExactly("Registered one:80");
        world.pass(Duration.ofHours(3));
        assertThat(other.sees("users")).containsExactly("one:80 UP");
        assertThat(other.told()).isEmpty();
    }

    @Test
    void crash_isSeenWithinALeaseAndASecond() {
        owner.registry.register(instance("users", "one"));
        other.registry.register(instance("users", "two"));
        world.seconds(60);
        owner.kill();
        world.pass(World.LEASE.plusSeconds(1));
        assertThat(other.sees("users")).containsExactly("one:80 SUSPECT", "two:80 UP");
    }

    @Test
    void update_isSeenWithTheSameIdentity() {
        Registration registration = owner.registry.register(instance("users", "one"));
        world.pass(SOON);
        ServiceInstance before = other.registry.discover("users").get(0);
        registration.update(before.toBuilder().weight(3).build());
        world.pass(SOON);
        assertThat(other.registry.discover("users")).singleElement().satisfies(now -> {
            assertThat(now).isEqualTo(before);
            assertThat(now.weight()).isEqualTo(3);
        });
        assertThatThrownBy(() -> registration.update(instance("users", "elsewhere")))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void draining_isAnnounced_andClosingRemoves() {
        Registration registration = owner.registry.register(instance("users", "one"));
        world.pass(SOON);
        registration.drain();
        world.pass(SOON);
        assertThat(other.sees("users")).containsExactly("one:80 DRAINING");
        registration.close();
        world.pass(SOON);
        assertThat(other.sees("users")).isEmpty();
        assertThat(other.told()).containsExactly("Registered one:80", "Removed one:80");
    }

    @Test
    void closing_drainsForTheDrainTime_andWaitsForIt() {
        World.Process slow = world.start("slow", builder -> builder.drainTime(Duration.ofSeconds(3)));
        slow.registry.register(instance("users", "one"));
        world.pass(SOON);
        long before = world.time.nanoTime();
        List<String> meanwhile = new ArrayList<>();
        world.time.schedule(() -> meanwhile.addAll(other.sees("users")), Duration.ofSeconds(2));
        slow.registry.close();
        assertThat(Duration.ofNanos(world.time.nanoTime() - before))
                .isBetween(Duration.ofSeconds(3), Duration.ofMillis(3_100));
        assertThat(meanwhile).containsExactly("one:80 DRAINING");
        world.pass(SOON);
        assertThat(other.sees("users")).isEmpty();
    }

    @Test
    void closing_whileTheStoreIsAway_takesAtMostTwoSecondsMore() {
        owner.registry.register(instance("users", "one"));
        world.pass(SOON);
        world.server.stop();
        long before = world.time.nanoTime();
        owner.registry.close();
        assertThat(Duration.ofNanos(world.time.nanoTime() - before)).isLessThanOrEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void sameId_registeredLater_wins_andTheEarlierIsTold() {
        List<Registration> replaced = new ArrayList<>();
        Registration earlier = owner.registry.register(instance("users", "one"), replaced::add);
        world.pass(SOON);
        Registration later = other.registry.register(
                instance("users", "one").toBuilder().port(81).build());
        world.seconds(10);

        assertThat(replaced).containsExactly(earlier);
        assertThat(earlier.isReplaced()).isTrue();
        assertThat(later.isReplaced()).isFalse();
        world.pass(Duration.ofMinutes(5));
        assertThat(owner.sees("users")).containsExactly("one:81 UP");
        earlier.close();
        world.pass(SOON);
        assertThat(owner.sees("users")).containsExactly("one:81 UP");
    }

    @Test
    void sameId_atAnotherAddress_isToldAsOneThatGoesAndOneThatComes() {
        World.Process bystander = world.start("bystander");
        World.Use use = bystander.use("users");
        owner.registry.register(instance("users", "one"));
        world.pass(SOON);
        other.registry.register(instance("users", "one").toBuilder().port(81).build());
        world.pass(SOON);
        assertThat(bystander.told()).containsExactly("Registered one:80", "Removed one:80", "Registered one:81");
        assertThat(use.sees()).containsExactly("one:81 UP");
        world.seconds(60);
        assertThat(bystander.told()).isEmpty();
    }

    @Test
    void sameId_thatWasDown_atAnotherAddress_isUpUntilChecksSayOtherwise() {
        World.Process bystander = world.start("bystander");
        World.Use use = bystander.use("users");
        owner.registry.register(instance("users", "one"));
        world.dead.add("one:80");
        world.seconds(60);
        assertThat(bystander.told()).containsExactly("Registered one:80", "Down one:80");
        other.registry.register(instance("users", "one").toBuilder().port(81).build());
        world.seconds(60);
        assertThat(bystander.told()).containsExactly("Removed one:80", "Registered one:81");
        assertThat(use.sees()).containsExactly("one:81 UP");
        assertThat(use.lists).noneMatch(List::isEmpty);
    }

    @Test
    void sameIdAndAddress_isNotToldAnew() {
        World.Process bystander = world.start("bystander");
        owner.registry.register(instance("users", "one"));
        world.pass(SOON);
        bystander.told();
        other.registry.register(instance("users", "one"));
        world.seconds(10);
        assertThat(bystander.told()).isEmpty();
    }

    @Test
    void outage_bringsRegistrationsBackByThemselves_withoutAWordOfDown() {
        other.use("users");
        List<World.Process> fleet = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            World.Process process = world.start("p" + i);
            process.registry.register(instance("users", "h" + i));
            fleet.add(process);
        }
        world.seconds(60);
        other.told();
        world.server.stop();
        world.pass(Duration.ofMinutes(10));
        assertThat(other.sees("users")).hasSize(40).allMatch(each -> each.endsWith(" UP"));
        world.server.loseEverything();
        world.server.start();
        world.pass(Duration.ofMinutes(2));

        assertThat(other.sees("users")).hasSize(40).allMatch(each -> each.endsWith(" UP"));
        assertThat(other.told()).noneMatch(each -> each.startsWith("Down") || each.startsWith("Removed"));
    }

    @Test
    void storeThatGoesAway_isNoLongerInStep_fromTheNextRenewalOn_elseFromTheNextComparison() {
        owner.registry.register(instance("users", "one"));
        world.seconds(60);
        while (owner.registry.status().age().toSeconds() > 0) {
            world.seconds(1);
        }
        assertThat(owner.registry.status().inStep()).isTrue();
        assertThat(other.registry.status().inStep()).isTrue();
        // The owner has just compared, and does so again in 24 s at the earliest.
        world.server.stop();
        world.seconds(8);
        assertThat(owner.registry.status().inStep()).isFalse();
        world.seconds(30);
        assertThat(other.registry.status().inStep()).isFalse();
        world.server.start();
        world.seconds(30);
        assertThat(owner.registry.status().inStep()).isTrue();
        assertThat(other.registry.status().inStep()).isTrue();
    }

    @Test
    void storeAbsentAtTheStart_isTheSameAsOneThatIsAway() {
        World late = new World();
        late.server.stop();
        World.Process early = late.start("early");
        World.Use use = early.use("users");
        Registration registration = early.registry.register(instance("users", "one"));
        late.seconds(60);
        assertThat(registration.isRegistered()).isFalse();
        assertThat(use.lists).isEmpty();
        assertThat(early.registry.status().everRead()).isFalse();

        late.server.start();
        late.seconds(30);
        assertThat(registration.isRegistered()).isTrue();
        assertThat(use.sees()).containsExactly("one:80 UP");
        assertThat(early.registry.status().inStep()).isTrue();
    }

    @Test
    void statusThatItTellsOfItself_isSeen() {
        Registration registration = owner.registry.register(instance("users", "one"));
        world.pass(SOON);
        registration.update(registration.instance().withStatus(InstanceStatus.DOWN));
        world.pass(SOON);
        assertThat(other.sees("users")).containsExactly("one:80 DOWN");
        registration.update(registration.instance().withStatus(InstanceStatus.UP));
        world.pass(SOON);
        assertThat(other.told()).containsExactly("Registered one:80", "Down one:80", "Up one:80");
    }

    @Test
    void namesThatTogetherAreTooLong_areRefused() {
        ServiceInstance wide = ServiceInstance.builder("s".repeat(255))
                .id("ü".repeat(255))
                .host("one")
                .build();
        assertThatThrownBy(() -> owner.registry.register(wide)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void registeringThatFails_leavesNothingBehindThatClosingWouldStumbleOver() {
        owner.registry.close();
        assertThatThrownBy(() -> owner.registry.register(instance("users", "one")))
                .isInstanceOf(IllegalStateException.class);
        owner.registry.close();
    }

    @Test
    void registeredWhileTheRegistryCloses_leavesWithIt() {
        World.Process slow = world.start("slow", builder -> builder.drainTime(Duration.ofSeconds(3)));
        slow.registry.register(instance("users", "one"));
        world.pass(SOON);
        world.time.schedule(() -> slow.registry.register(instance("users", "two")), Duration.ofSeconds(1));
        slow.registry.close();
        world.pass(SOON);
        assertThat(other.told())
                .containsExactly("Registered one:80", "Registered two:80", "Removed one:80", "Removed two:80");
    }

    @Test
    void whenRegistered_failsForOneThatEndsBeforeTheStoreHadIt_insteadOfNeverEnding() {
        world.server.stop();
        Registration left = owner.registry.register(instance("users", "one"));
        Registration replaced = owner.registry.register(instance("users", "two"));
        Registration kept = owner.registry.register(instance("users", "two"));
        CompletableFuture<Void> gone = left.leave();
        world.pass(SOON);
        assertThat(left.whenRegistered()).isCompletedExceptionally();
        assertThat(gone).isCompleted();
        assertThat(replaced.whenRegistered()).isCompletedExceptionally();
        assertThat(kept.whenRegistered()).isNotDone();
        owner.registry.close();
        assertThat(kept.whenRegistered())
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(CancellationException.class);
        assertThat(kept.leave()).isCompleted();
    }

    @Test
    void closedRegistry_keepsWhatItKnows_andHoldsNoTimers() {
        World small = new World();
        World.Process one = small.start("one");
        one.use("users");
        one.registry.register(instance("users", "one"));
        small.seconds(30);
        one.registry.close();
        one.registry.close();
        one.kill();
        assertThat(one.sees("users")).isNotEmpty();
        small.seconds(30);
        assertThat(small.time.pendingTasks()).isZero();
    }
}
