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

/** All that is known of one service. Changed on the registry's serial executor; the view is read by anybody. */
final class Service {

    /**
     * The instances as they were at some moment.
     *
     * @param version grows with each view of any service; 0 before there was anything
     * @param answering those among them that are SUSPECT, but whose checks pass
     */
    record View(long version, List<ServiceInstance> instances, Set<ServiceInstance> answering) {
        static final View NOTHING = new View(0, List.of(), Set.of());
    }

    private static final Member[] NONE = {};
    private static final Subscription[] NOBODY = {};
    /** Up to here looking at each is quicker than an index, and much smaller. */
    private static final int FEW = 16;

    final String name;
    private Member[] members = NONE;
    private int size;
    private @Nullable Map<String, Member> index;
    private Subscription[] subscriptions = NOBODY;
    private volatile View view = View.NOTHING;

    Service(String name) {
        this.name = name;
    }

    View view() {
        return view;
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
    void publish(long version) {
        ServiceInstance[] now = new ServiceInstance[size];
        Set<ServiceInstance> answering = new HashSet<>();
        for (int i = 0; i < size; i++) {
            now[i] = members[i].shown;
            if (members[i].answers) {
                answering.add(now[i]);
            }
        }
        view = new View(version, List.of(now), Set.copyOf(answering));
        for (Subscription subscription : subscriptions) {
            subscription.offer(view);
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
