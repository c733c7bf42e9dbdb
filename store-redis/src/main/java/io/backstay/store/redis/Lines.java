package io.backstay.store.redis;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Makes {@link Line}s of one store. */
record Lines(
        Connector connector,
        TimeSource time,
        DelayScheduler scheduler,
        RandomSource random,
        MessageSink messages,
        Line.Listener listener) {

    Line line(Role role, Supplier<CompletionStage<Node>> target) {
        return new Line(role, target, connector, messages, time, scheduler, random, listener);
    }

    /** One that somebody else hears of first. */
    Line line(Role role, Supplier<CompletionStage<Node>> target, Line.Listener also) {
        return new Line(role, target, connector, messages, time, scheduler, random, new Line.Listener() {
            @Override
            public void up(Line line, Link link) {
                also.up(line, link);
                listener.up(line, link);
            }

            @Override
            public void down(Line line, RedisFailure why) {
                also.down(line, why);
                listener.down(line, why);
            }
        });
    }

    /** One that the store's health does not depend on. */
    Line quietLine(Role role, Supplier<CompletionStage<Node>> target, MessageSink told, Line.Listener own) {
        return new Line(role, target, connector, told, time, scheduler, random, own);
    }
}
