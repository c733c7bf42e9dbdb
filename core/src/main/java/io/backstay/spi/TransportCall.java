package io.backstay.spi;

import java.util.concurrent.CompletableFuture;

/**
 * One exchange, made once, by {@link #execute()} or by {@link #executeAsync()}. The request's timeout covers all of it, from
 * here to the last octet of the body. Any status is a response; only an exchange that did not come to its end fails.
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
     * ended nothing happens. May be called any number of times, from any thread; does not block.
     */
    void cancel();
}
