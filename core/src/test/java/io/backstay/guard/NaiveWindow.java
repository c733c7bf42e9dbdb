package io.backstay.guard;

import java.util.ArrayList;
import java.util.List;

/** The plainest window there can be: keeps every call and counts them when asked. What the fast one is held against. */
final class NaiveWindow {

    private record Ended(long bucket, boolean call, boolean failed, boolean slow) {}

    private final long bucketNanos;
    /** 0 for a window of time. */
    private final int lastCalls;

    private final long startNanos;
    private final List<Ended> ended = new ArrayList<>();
    /** When each call on its way started; removed by value. */
    private final List<Long> startedBuckets = new ArrayList<>();

    private final long startBucketNanos;

    NaiveWindow(long bucketNanos, long startBucketNanos, int lastCalls, long startNanos) {
        this.bucketNanos = bucketNanos;
        this.startBucketNanos = startBucketNanos;
        this.lastCalls = lastCalls;
        this.startNanos = startNanos;
    }

    long start(long nowNanos) {
        long bucket = (nowNanos - startNanos) / startBucketNanos;
        startedBuckets.add(bucket);
        return bucket;
    }

    void leave(long startedBucket) {
        startedBuckets.remove(startedBucket);
    }

    void record(boolean failed, boolean slow, long nowNanos) {
        add(new Ended(bucket(nowNanos), true, failed, slow));
    }

    void recordSlowOnly(long nowNanos) {
        add(new Ended(bucket(nowNanos), false, false, true));
    }

    private void add(Ended end) {
        ended.add(end);
        if (lastCalls != 0 && ended.size() > lastCalls) {
            ended.remove(0);
        }
    }

    private long bucket(long nowNanos) {
        return (nowNanos - startNanos) / bucketNanos;
    }

    private List<Ended> inWindow(long nowNanos) {
        long oldest = bucket(nowNanos) - TimeBuckets.WINDOW + 1;
        return lastCalls != 0
                ? ended
                : ended.stream().filter(end -> end.bucket >= oldest).toList();
    }

    int calls(long nowNanos) {
        return (int) inWindow(nowNanos).stream().filter(Ended::call).count();
    }

    int failures(long nowNanos) {
        return (int) inWindow(nowNanos).stream().filter(Ended::failed).count();
    }

    int slow(long nowNanos) {
        return (int) inWindow(nowNanos).stream().filter(Ended::slow).count();
    }

    int slowOnly(long nowNanos) {
        return (int) inWindow(nowNanos).stream().filter(end -> !end.call).count();
    }

    int inFlight() {
        return startedBuckets.size();
    }

    int inFlightLongerThan(long nanos, long nowNanos) {
        return (int) startedBuckets.stream()
                .filter(bucket -> nowNanos - (startNanos + (bucket + 1) * startBucketNanos) >= nanos)
                .count();
    }
}
