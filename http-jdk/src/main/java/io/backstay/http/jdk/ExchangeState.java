package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * How far an exchange has come, who waits for it, and whether it was called off. Thread-safe; no monitor is held across anything
 * that blocks.
 *
 * <p>The monitor guards the hand-over of a blocking exchange: an interrupt of ours is sent only while the caller is inside
 * {@code HttpClient.send}, and the caller clears it on the way out; an interrupt of the user's is never cleared. (The two share
 * one flag: a user's interrupt in the microseconds between ours and the caller's way out counts as ours.)
 */
final class ExchangeState {

    private final TransportRequest request;

    /** Until the head of a streamed response is there. */
    private volatile boolean timed = true;

    // All below: guarded by the monitor.
    private boolean claimed;
    private boolean begun;
    private boolean ended;
    private boolean completed;
    private boolean clientTellsFirst;
    private @Nullable ExchangeException aborted;
    private @Nullable Thread caller;
    private boolean interruptedByUs;
    private @Nullable ResponseBody body;
    private @Nullable CompletableFuture<TransportResponse> result;
    private @Nullable CompletableFuture<?> exchange;

    ExchangeState(TransportRequest request) {
        this.request = request;
    }

    synchronized void claim() {
        if (claimed) {
            throw new IllegalStateException("an exchange is made once");
        }
        claimed = true;
    }

    /**
     * From here on octets may leave.
     *
     * @param byClientToo whether the client has a timer of its own for it
     * @throws ExchangeException when the exchange has been called off already
     */
    synchronized void begin(boolean byClientToo) throws ExchangeException {
        throwIfAborted();
        begun = true;
        clientTellsFirst = byClientToo;
    }

    /**
     * This thread is about to block in the client.
     *
     * @throws ExchangeException when the exchange has been called off already
     */
    synchronized void enter() throws ExchangeException {
        throwIfAborted();
        caller = Thread.currentThread();
    }

    /** It has come back. */
    synchronized void leave(boolean streamGoesOn) {
        caller = null;
        ended |= !streamGoesOn;
        if (interruptedByUs) {
            Thread.interrupted();
        }
    }

    /** Whether it was fetched back from there by us. */
    synchronized boolean isInterruptedByUs() {
        return interruptedByUs;
    }

    /**
     * Somebody is to be told by this future.
     *
     * @throws ExchangeException when the exchange has been called off already
     */
    synchronized void promise(CompletableFuture<TransportResponse> future) throws ExchangeException {
        throwIfAborted();
        result = future;
    }

    /** What was promised; null of a blocking exchange. */
    synchronized @Nullable CompletableFuture<TransportResponse> promised() {
        return result;
    }

    /** The client is at it; whether that is still wanted. */
    synchronized boolean isWanted(CompletableFuture<?> sent) {
        exchange = sent;
        return aborted == null;
    }

    /** The client's own future; null of a blocking exchange. */
    synchronized @Nullable CompletableFuture<?> exchange() {
        return exchange;
    }

    /** The head is there; from here on calling off goes by the body. A stream is at its reader's pace. */
    synchronized void arrives(ResponseBody arriving, boolean asStream) {
        body = arriving;
        timed = !asStream;
    }

    /** Null before the head is there. */
    synchronized @Nullable ResponseBody body() {
        return body;
    }

    /** Whether this exchange has not been completed or called off; if so, it is now, and ends unless its stream goes on. */
    synchronized boolean complete(boolean streamGoesOn) {
        if (aborted != null || completed) {
            return false;
        }
        completed = true;
        ended |= !streamGoesOn;
        return true;
    }

    synchronized void end() {
        ended = true;
    }

    /** Whether there is a deadline to watch. */
    boolean isTimed() {
        return timed;
    }

    /** Whether the client, which watches as well, has the first word on the time. It has that once. */
    synchronized boolean leavesFirstWordToClient() {
        boolean leaves = clientTellsFirst && body == null && !ended && aborted == null;
        clientTellsFirst = false;
        return leaves;
    }

    /** Calls the exchange off and fetches its caller back; whether there was anything to call off. */
    synchronized boolean abort(FailureKind kind, String words, @Nullable Throwable cause) {
        if (ended || aborted != null || (kind == FailureKind.TIMEOUT && !timed)) {
            return false;
        }
        aborted = Failures.exception(kind, words, begun, request, cause);
        if (body == null && caller != null && !caller.isInterrupted()) {
            interruptedByUs = true;
            caller.interrupt();
        }
        return true;
    }

    /** Why it was called off; null when it was not. */
    synchronized @Nullable ExchangeException aborted() {
        return aborted;
    }

    private void throwIfAborted() throws ExchangeException {
        if (aborted != null) {
            throw aborted;
        }
    }
}
