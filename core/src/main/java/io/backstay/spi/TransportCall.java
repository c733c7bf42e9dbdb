package io.backstay.spi;

import java.util.concurrent.CompletableFuture;

/**
 * One exchange, made once, by {@link #execute()} or by {@link #executeAsync()}. Any status is a response; only an exchange
 * that did not come to its end fails.
 *
 * <p>Where the response is buffered the request's timeout covers the exchange from here to the last octet of the body. Where
 * it is streamed the exchange gives the response as soon as its head is there, the timeout ends, and of the stream holds:
 * it is read by one thread at a time; {@code read} blocks until an octet, the end or a failure is there, hands over what has
 * arrived without waiting for more, and fails with an {@code IOException} on a body that ends too early, is no HTTP or was
 * cancelled, whose cause is an {@link ExchangeException} of that kind; {@code close} may be called from any thread and any number of times,
 * does not wait for the rest of the body, and frees the connection, as reading to the end does; {@link #cancel()} has a
 * reader fail at once. Memory for what nobody reads is bounded.
 *
 * <p>A body that is streamed out is opened, read and closed by the transport, whatever happens, on a thread where it may
 * block; what its stream throws ends the exchange and is the cause of its failure. With a length it is announced as
 * {@code Content-Length}, without one it is chunked; the engine sees to it that a source keeps to its length. A response that comes before the whole body was sent is the response.
 */
public interface TransportCall {

    /**
     * Makes the exchange and blocks its caller, on whose thread no user's code runs, until it has ended.
     *
     * @throws ExchangeException when there is no whole response
     * @throws InterruptedException when the thread is interrupted; the exchange is then cancelled
     */
    TransportResponse execute() throws ExchangeException, InterruptedException;

    /**
     * Makes the exchange without blocking. The future fails with an {@link ExchangeException} and nothing else, never wrapped;
     * it is completed on a thread on which the user's code may run.
     */
    CompletableFuture<TransportResponse> executeAsync();

    /**
     * Ends the exchange at once, as {@code CANCELLED}, and frees its connection. Before it began it never begins; after it
     * ended nothing happens. An exchange whose response is streamed ends with its stream. May be called any number of times, from any thread; does not block.
     */
    void cancel();
}
