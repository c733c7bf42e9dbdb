package io.backstay.registry;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All that is known of one service. Changed on the registry's serial executor; its instances, as they are shown, are read by anybody. */
final class Service {

    private static final Member[] NONE = {};
    private static final Subscription[] NOBODY = {};
    /** Up to here looking at each is quicker than an index, and much smaller. */
    private static final int FEW = 16;

    final String name;
    private Member[] members = NONE;
    private int size;
    private @Nullable Map<String, Member> index;
    private Subscription[] subscriptions = NOBODY;
    /** The instances as they were shown last; null before that. */
    private volatile @Nullable List<ServiceInstance> shown;
    /** Those among them that are SUSPECT, but whose checks pass. */
    private volatile Set<ServiceInstance> answering = Set.of();

    Service(String name) {
        this.name = name;
    }

    /** As they were shown last; another list whenever they are shown anew. */
    List<ServiceInstance> instances() {
        List<ServiceInstance> now = shown;
        return now != null ? now : List.of();
    }

    /** Tells one how things stand, unless nothing has been shown yet: that there is nobody must not be told before it is known. */
    void tell(Subscription subscription) {
        List<ServiceInstance> now = shown;
        if (now != null) {
            subscription.offer(now, answering);
        }
    }

    int size() {
        return size;
    }

    Member member(int slot) {
        return members[slot];
    }

    /** Null when there is none. */
    @Nullable
    Member find(String key, Region region) {
        if (index != null) {
            return index.get(indexKey(key, region));
        }
        for (int i = 0; i < size; i++) {
            if (members[i].region == region && members[i].key.equals(key)) {
                return members[i];
            }
        }
        return null;
    }

    private static String indexKey(String key, Region region) {
        return region.name() + '\n' + key;
    }

    void add(Member member) {
        if (size == members.length) {
            members = Arrays.copyOf(members, size == 0 ? 1 : size + (size >> 1) + 1);
        }
        member.slot = size;
        members[size++] = member;
        if (index != null) {
            index.put(indexKey(member.key, member.region), member);
        } else if (size > FEW) {
            Map<String, Member> all = new HashMap<>();
            for (int i = 0; i < size; i++) {
                all.put(indexKey(members[i].key, members[i].region), members[i]);
            }
            index = all;
        }
    }

    void remove(Member member) {
        Member last = members[--size];
        members[member.slot] = last;
        last.slot = member.slot;
        members[size] = null;
        if (index != null) {
            index.remove(indexKey(member.key, member.region));
            if (size <= FEW / 2) {
                index = null;
            }
        }
        if (size < members.length / 2) {
            members = Arrays.copyOf(members, size);
        }
    }

    /** Whether another instance of the same region is up. */
    boolean hasUpBeside(Member member) {
        for (int i = 0; i < size; i++) {
            Member other = members[i];
            if (other != member && other.region == member.region && other.shown.status() == InstanceStatus.UP) {
                return true;
            }
        }
        return false;
    }

    boolean isInUse() {
        return subscriptions.length > 0;
    }

    void subscribe(Subscription subscription) {
        subscriptions = Arrays.copyOf(subscriptions, subscriptions.length + 1);
        subscriptions[subscriptions.length - 1] = subscription;
    }

    void unsubscribe(Subscription subscription) {
        subscriptions = Arrays.stream(subscriptions)
                .filter(each -> each != subscription)
                .toArray(Subscription[]::new);
    }

    /** Shows everybody how things stand now. */
    void publish() {
        ServiceInstance[] now = new ServiceInstance[size];
        Set<ServiceInstance> alive = new HashSet<>();
        for (int i = 0; i < size; i++) {
            now[i] = members[i].shown;
            if (members[i].answers) {
                alive.add(now[i]);
            }
        }
        answering = Set.copyOf(alive);
        shown = List.of(now);
        for (Subscription subscription : subscriptions) {
            tell(subscription);
        }
    }

    /** A check of an instance, as it is shown, has passed. */
    void passed(Member member) {
        for (Subscription subscription : subscriptions) {
            subscription.passed(member.shown);
        }
    }

    @Override
    public String toString() {
        return name + ", " + size + " instances";
    }
}
