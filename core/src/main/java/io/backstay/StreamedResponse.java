package io.backstay;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a service answers while it still does: status and fields are there, the body comes as it is read. It must be closed:
 * until then, or until the body has been read to its end, it holds a connection and counts as a call in flight. Closing it
 * early is no failure and does not wait for the rest.
 *
 * <pre>{@code
 * try (StreamedResponse prices = market.get("/prices").header("Accept", "text/event-stream").stream()) {
 *     prices.events().forEach(event -> show(event.data()));
 * }
 * }</pre>
 *
 * <p>Reading ends with a failure when no octet arrives for the policy's {@linkplain CallPolicy#idleTimeout() idle timeout},
 * when the call's deadline passes, when the connection is lost, or when the call is cancelled. Status and fields may be read
 * by any thread, the body by one at a time, and by only one of {@link #body}, {@link #lines} and {@link #events};
 * {@link #close} may be called from any thread and ends a read that blocks.
 */
public final class StreamedResponse implements AutoCloseable {

    private final ServiceResponse head;
    private final InputStream body;

    /** Both at once; for the engine, and for tests of code that takes streamed responses. The body of the head is not used. */
    public StreamedResponse(ServiceResponse head, InputStream body) {
        this.head = head;
        this.body = body;
    }

    /** The status code. */
    public int status() {
        return head.status();
    }

    /** The header fields. */
    public Headers headers() {
        return head.headers();
    }

    /** Which instance answers. */
    public Optional<ServiceInstance> instance() {
        return head.instance();
    }

    /** The {@code Content-Type} as it came. */
    public Optional<String> contentType() {
        return head.contentType();
    }

    /**
     * The body. A {@code read} blocks until something has arrived; it fails with an {@link java.io.IOException} whose cause is
     * the {@link CallException}.
     */
    public InputStream body() {
        return body;
    }

    /**
     * The body line by line, each as soon as it has arrived, in the charset that the media type names or in UTF-8. Lines end
     * with CR, LF or both. A line may have a million characters; a longer one fails.
     *
     * @return a sequential stream whose operations throw {@link CallException}, or {@link java.io.UncheckedIOException} for a line
     *     that is too long and after closing; closing it closes this response
     */
    public Stream<String> lines() {
        LineReader lines = new LineReader(
                new InputStreamReader(body, ContentType.charset(contentType().orElse(""))));
        return BodyIterator.stream(lines::next, this);
    }

    /**
     * The body as server-sent events (WHATWG HTML §9.2), each as soon as it is complete. Comments are left out. Connecting
     * again is left to the caller, with the last event's id as {@code Last-Event-ID}. An event may have a million characters;
     * a longer one fails.
     *
     * @return a sequential stream whose operations throw {@link CallException}, or {@link java.io.UncheckedIOException} for an event
     *     that is too long and after closing; closing it closes this response
     */
    public Stream<ServerSentEvent> events() {
        EventParser events = new EventParser(new LineReader(new InputStreamReader(body, StandardCharsets.UTF_8)));
        return BodyIterator.stream(events::next, this);
    }

    /** Ends the exchange where it has not ended, and frees its connection. May be called any number of times. */
    @Override
    public void close() {
        BodyIterator.close(body);
    }

    @Override
    public String toString() {
        return "status " + head.status() + ", streamed";
    }
}
