package io.backstay.store.redis;

/** A server by host and port. */
record Node(String host, int port) {

    static Node of(String host, int port) {
        return new Node(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
