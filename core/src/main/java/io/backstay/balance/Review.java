package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/**
 * Looks every few seconds at how all instances have done, beside one another and beside their past. Runs only when there are calls. One
 * review at a time.
 */
final class Review {

    static final Duration PERIOD = Duration.ofSeconds(5);
    /** Success rates are compared every second time. */
    private static final int RATES_EVERY = 2;

    private final Tuning tuning;
    private final Prediction prediction;
    private final BiConsumer<Member, String> outlier;
    private final AtomicLong nextNanos;
    private final ReentrantLock reviewing = new ReentrantLock();
    private long lastNanos;
    private int number;

    Review(Tuning tuning, Prediction.Verdicts verdicts, BiConsumer<Member, String> outlier, long nowNanos) {
        this.tuning = tuning;
        this.lastNanos = nowNanos;
        this.prediction = new Prediction(verdicts);
        this.outlier = outlier;
        this.nextNanos = new AtomicLong(nowNanos + PERIOD.toNanos());
    }

    /** Whether there is one to be made, by who asks: nobody else is told so. */
    boolean isDue(long nowNanos) {
        long next = nextNanos.get();
        return nowNanos - next >= 0 && nextNanos.compareAndSet(next, nowNanos + PERIOD.toNanos());
    }

    void run(Member[] members, BalancePolicy balance, EjectionPolicy ejection, long nowNanos) {
        if (!reviewing.tryLock()) {
            return;
        }
        try {
            List<Member> called = gather(members, nowNanos);
            number++;
            if (ejection.enabled() && number % RATES_EVERY == 0) {
                SuccessRates.review(called, ejection, outlier);
            }
            if (balance.prediction()) {
                called.removeIf(member -> !Trend.of(member).isFresh());
                prediction.review(called);
            } else {
                called.forEach(prediction::forget);
            }
        } finally {
            reviewing.unlock();
        }
    }

    /** All that were ever called, with what there was since the last review. */
    private List<Member> gather(Member[] members, long nowNanos) {
        List<Member> called = new ArrayList<>();
        int callsOfAll = 0;
        int answers = 0;
        double logSum = 0;
        for (Member member : members) {
            long calls = member.takeCalls();
            long latencies = member.takeLatencies();
            callsOfAll += CallCount.calls(calls);
            answers += LogSum.count(latencies);
            logSum += LogSum.sum(latencies);
            if (calls != 0 || latencies != 0 || member.trend != null) {
                Trend trend = Trend.of(member);
                if (member.ejection().isOn()) {
                    trend.restart();
                } else {
                    trend.add(calls, latencies);
                    called.add(member);
                }
            }
        }
        if (members.length > 0) {
            tuning.learn(answers, logSum, (double) callsOfAll / members.length, nowNanos - lastNanos);
        }
        lastNanos = nowNanos;
        return called;
    }
}
