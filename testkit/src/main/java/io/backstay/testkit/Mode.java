package io.backstay.testkit;

import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportResponse;
import java.util.concurrent.CompletableFuture;

/** The two ways to make an exchange; each case of the contract holds for both. */
enum Mode {
    /** By {@code execute()}, on a thread of its own. */
    BLOCKING {
        @Override
        Started start(TransportCall call) {
            CompletableFuture<TransportResponse> future = new CompletableFuture<>();
            Thread caller = new Thread(() -> block(call, future), "contract-caller");
            caller.setDaemon(true);
            caller.start();
            return new Started(call, future, caller);
        }
    },
    /** By {@code executeAsync()}. */
    ASYNC {
        @Override
        Started start(TransportCall call) {
            return new Started(call, call.executeAsync(), null);
        }
    };

    /** Begins the exchange and does not wait for its end. */
    abstract Started start(TransportCall call);

    /** An interrupt of the transport's own making must not be left behind on its caller's thread. */
    private static void block(TransportCall call, CompletableFuture<TransportResponse> future) {
        try {
            TransportResponse response = call.execute();
            failIfInterrupted(future);
            future.complete(response);
        } catch (ExchangeException e) {
            failIfInterrupted(future);
            future.completeExceptionally(e);
        } catch (Throwable e) {
            future.completeExceptionally(e);
        }
    }

    private static void failIfInterrupted(CompletableFuture<TransportResponse> future) {
        if (Thread.interrupted()) {
            future.completeExceptionally(new AssertionError("execute() has left its caller's thread interrupted"));
        }
    }
}
