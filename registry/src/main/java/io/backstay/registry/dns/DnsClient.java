package io.backstay.registry.dns;

import java.util.concurrent.CompletionStage;

/** Asks DNS. Thread-safe; never blocks. */
interface DnsClient {

    /**
     * One question. The stage ends within a bounded time; it fails when no server gave an answer that can be used, which is not the
     * same as {@link DnsAnswer#nothing()}.
     *
     * @param name absolute, whether or not it ends with a dot
     */
    CompletionStage<DnsAnswer> ask(String name, RecordKind kind);
}
