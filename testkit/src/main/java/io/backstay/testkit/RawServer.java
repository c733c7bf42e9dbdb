package io.backstay.testkit;

import io.backstay.spi.SystemTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on loopback that does with each connection what its script says, HTTP or not. */
final class RawServer implements AutoCloseable {

    /** What to do with one connection, which is closed afterwards. */
    @FunctionalInterface
    interface Script {
        void serve(RawConnection connection) throws IOException;
    }

    /** What stands between the network and the script. Blocks for nothing. */
    @FunctionalInterface
    interface Layer {
        Socket over(Socket plain) throws IOException;
    }

    private final ServerSocket listener;
    private final Layer layer;
    private final Script script;
    private final Set<RawConnection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();

    RawServer(Script script) {
        this(plain -> plain, script);
    }

    RawServer(Layer layer, Script script) {
        this.layer = layer;
        this.script = script;
        try {
            this.listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SystemTime.shared().workers().execute(this::accept);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                accepted.incrementAndGet();
                RawConnection connection = new RawConnection(layer.over(socket), requests);
                open.add(connection);
                SystemTime.shared().workers().execute(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(RawConnection connection) {
        try (connection) {
            script.serve(connection);
        } catch (IOException clientHasGone) {
            // What many cases are about; they look at what the client made of it.
        } finally {
            open.remove(connection);
        }
    }

    URI uri() {
        return uri("http");
    }

    URI uri(String scheme) {
        return URI.create(scheme + "://127.0.0.1:" + listener.getLocalPort());
    }

    /** How many requests have been read. */
    int requests() {
        return requests.get();
    }

    /** How many connections have been accepted. */
    int accepted() {
        return accepted.get();
    }

    /** How many connections are neither closed by the client nor done with. */
    int open() {
        return open.size();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(RawConnection::close);
    }
}
