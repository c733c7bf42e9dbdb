package io.backstay.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Many listening addresses of this machine, served by one thread: each request is answered 200, and its connection closed. */
final class CheckServer implements AutoCloseable {

    private static final int BACKLOG = 64;
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);

    private final Selector selector = Selector.open();
    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(16 << 10);

    /** Listens on so many ports of so many hosts. */
    CheckServer(int hosts, int ports) throws IOException {
        for (int host = 1; host <= hosts; host++) {
            for (int port = 0; port < ports; port++) {
                ServerSocketChannel listener =
                        ServerSocketChannel.open().bind(new InetSocketAddress("127.0.1." + host, 0), BACKLOG);
                listener.configureBlocking(false);
                listener.register(selector, SelectionKey.OP_ACCEPT);
                addresses.add((InetSocketAddress) listener.getLocalAddress());
            }
        }
        Thread thread = new Thread(this::serve, "check-server");
        thread.setDaemon(true);
        thread.start();
    }

    List<InetSocketAddress> addresses() {
        return addresses;
    }

    private void serve() {
        try {
            while (true) {
                selector.select();
                Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
                while (keys.hasNext()) {
                    SelectionKey key = keys.next();
                    keys.remove();
                    serve(key);
                }
            }
        } catch (IOException | ClosedSelectorException closed) {
            // The end of this server.
        }
    }

    private void serve(SelectionKey key) throws IOException {
        if (key.channel() instanceof ServerSocketChannel listener) {
            SocketChannel connection = listener.accept();
            if (connection != null) {
                connection.configureBlocking(false);
                connection.register(selector, SelectionKey.OP_READ);
            }
            return;
        }
        SocketChannel connection = (SocketChannel) key.channel();
        try (connection) {
            if (connection.read(in.clear()) > 0) {
                connection.write(ByteBuffer.wrap(ANSWER));
            }
        } catch (IOException gone) {
            // A check that only connects resets its connection.
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
