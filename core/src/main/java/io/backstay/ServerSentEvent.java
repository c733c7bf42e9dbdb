package io.backstay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One event of a {@code text/event-stream}.
 *
 * @param type what kind of event it is; {@code message} where the server does not say
 * @param data its lines, joined by line feeds
 * @param lastEventId the id that this event or one before it had, with which to go on after a loss; empty where none had any
 * @param retry how long to wait before connecting again, where the server has said so since the event before
 */
public record ServerSentEvent(
        String type,
        String data,
        String lastEventId,
        @Nullable Duration retry) {}
