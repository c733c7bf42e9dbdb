package io.backstay.guard;

import io.backstay.GuardPolicy;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A guard with a timeout or a retry of a method's own, which stay when the guard's policy changes. Thread-safe. */
final class GuardVariant {

    private record Derived(GuardParts base, GuardParts parts) {}

    final Guard guard;
    private final @Nullable Consumer<GuardPolicy.Builder> change;
    private volatile @Nullable Derived latest;

    GuardVariant(Guard guard, @Nullable Consumer<GuardPolicy.Builder> change) {
        this.guard = guard;
        this.change = change;
    }

    GuardParts parts() {
        GuardParts base = guard.parts();
        if (change == null) {
            return base;
        }
        Derived known = latest;
        if (known != null && known.base == base) {
            return known.parts;
        }
        GuardPolicy.Builder policy = base.policy.toBuilder();
        change.accept(policy);
        Derived made = new Derived(base, base.with(policy.build()));
        latest = made;
        return made.parts;
    }
}
