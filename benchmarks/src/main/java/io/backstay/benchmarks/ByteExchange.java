package io.backstay.benchmarks;

import java.util.concurrent.CompletableFuture;

/** One exchange, again and again; its result is the whole body of the answer, as an array of the caller's own. */
interface ByteExchange extends AutoCloseable {

    /** Blocks; fails unless the answer is a 200. */
    byte[] call() throws Exception;

    /** Does not block; fails unless the answer is a 200. */
    CompletableFuture<byte[]> callAsync();

    /** Frees what it has of its own. */
    @Override
    default void close() {}

    /** The answer's body, where its status is as it should be. */
    static byte[] accepted(int status, byte[] body) {
        if (status != 200) {
            throw new IllegalStateException("an answer has status " + status);
        }
        return body;
    }
}
