package io.backstay.balance;

import io.backstay.BalancePolicy;

/** The times that all members of a pool go by. Changes with the policy. */
final class Tuning {

    volatile long decayNanos;
    volatile long slowStartNanos;

    Tuning(BalancePolicy policy) {
        follow(policy);
    }

    void follow(BalancePolicy policy) {
        decayNanos = policy.decay().toNanos();
        slowStartNanos = policy.slowStart().toNanos();
    }
}
