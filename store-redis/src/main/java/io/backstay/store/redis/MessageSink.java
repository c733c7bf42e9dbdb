package io.backstay.store.redis;

/** Where messages of a link go. Called on the library's threads, in the order in which they came; must not block. */
interface MessageSink {

    /** For links that are not listened to. */
    MessageSink NONE = new MessageSink() {
        @Override
        public void message(Link link, byte[] channel, byte[] octets) {}

        @Override
        public void subscribed(Link link, byte[] channel) {}
    };

    void message(Link link, byte[] channel, byte[] octets);

    /** From now on all messages of a channel come. */
    void subscribed(Link link, byte[] channel);
}
