package io.backstay.store.redis;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Knows which server is the primary. */
interface Primary {

    /** Begins to look after it. */
    void start(Consumer<Node> moved);

    /** Where it is, as far as can be found out; asked before each attempt to connect. */
    CompletionStage<Node> locate();

    /** It may be another one. */
    void doubt();

    /** Ends. */
    void close();

    /** The one server there is. */
    static Primary of(Node node) {
        CompletionStage<Node> located = CompletableFuture.completedStage(node);
        return new Primary() {
            @Override
            public void start(Consumer<Node> moved) {}

            @Override
            public CompletionStage<Node> locate() {
                return located;
            }

            @Override
            public void doubt() {}

            @Override
            public void close() {}
        };
    }
}
