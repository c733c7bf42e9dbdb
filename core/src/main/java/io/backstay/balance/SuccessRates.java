package io.backstay.balance;

import io.backstay.EjectionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/** Finds instances whose success rate is an outlier among their peers. Used by one review at a time. */
final class SuccessRates {

    /** A rate that is hardly worse may be many deviations off where all others are perfect. */
    private static final double LEAST_GAP = 0.05;

    private SuccessRates() {}

    /** Each that is below the mean less so many deviations of all of them, with the reason. */
    static void review(List<Member> all, EjectionPolicy policy, BiConsumer<Member, String> outlier) {
        List<Member> judged = new ArrayList<>();
        double sum = 0;
        for (Member member : all) {
            if (member.isHealthy() && Trend.of(member).tally.calls() >= policy.minimumCalls()) {
                judged.add(member);
                sum += Trend.of(member).tally.successRate();
            }
        }
        if (policy.deviations() == 0 || judged.size() < policy.minimumInstances()) {
            return;
        }
        double mean = sum / judged.size();
        double squares = 0;
        for (Member member : judged) {
            double apart = Trend.of(member).tally.successRate() - mean;
            squares += apart * apart;
        }
        double deviation = Math.sqrt(squares / judged.size());
        double least = Math.min(mean - policy.deviations() * deviation, mean - LEAST_GAP);
        for (Member member : judged) {
            double rate = Trend.of(member).tally.successRate();
            Trend.of(member).tally.clear();
            if (rate < least) {
                outlier.accept(
                        member,
                        String.format(
                                Locale.ROOT, "success rate %.1f %% of %.1f %% on average", 100 * rate, 100 * mean));
            }
        }
    }
}
