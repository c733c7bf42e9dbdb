package io.backstay.http.okhttp;

import io.backstay.spi.SystemTime;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** A server on loopback that does with each connection what its script says, and tells which are still open. */
final class ScriptedServer implements AutoCloseable {

    /** What to do with one connection, which is closed afterwards. */
    @FunctionalInterface
    interface Script {
        void serve(Peer peer) throws IOException;
    }

    private final ServerSocket listener;
    private final Script script;
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    ScriptedServer(Script script) throws IOException {
        this(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), script);
    }

    /** On a listener of its own kind, for TLS. */
    ScriptedServer(ServerSocket listener, Script script) {
        this.listener = listener;
        this.script = script;
        SystemTime.shared().workers().execute(this::accept);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                accepted.incrementAndGet();
                open.incrementAndGet();
                SystemTime.shared().workers().execute(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            script.serve(new Peer(socket));
        } catch (IOException gone) {
            // The client's side is looked at by the cases.
        } finally {
            open.decrementAndGet();
        }
    }

    URI uri(String scheme, String host) {
        return URI.create(scheme + "://" + host + ":" + listener.getLocalPort());
    }

    URI uri() {
        return uri("http", "127.0.0.1");
    }

    int accepted() {
        return accepted.get();
    }

    /** Waits until all of its clients have closed. */
    void awaitAllClosed() throws InterruptedException {
        await(() -> open.get() == 0);
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long until = SystemTime.shared().nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (!condition.getAsBoolean()) {
            if (SystemTime.shared().nanoTime() - until > 0) {
                throw new AssertionError("has not come true within 15 s");
            }
            SystemTime.shared().await(new CompletableFuture<>(), TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sockets.forEach(ScriptedServer::close);
    }

    private static void close(Socket socket) {
        try (socket) {
            // A TLS socket would else wait for whoever writes to it.
            socket.setSoLinger(true, 0);
        } catch (IOException closedMeanwhile) {
            // By its own thread.
        }
    }

    /** One connection, from the server's side. */
    static final class Peer {

        private final Socket socket;
        private final InputStream in;

        Peer(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        Socket socket() {
            return socket;
        }

        InputStream in() {
            return in;
        }

        /** Reads to the empty line that ends a head or a chunked body. */
        String readHead() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int octet = in.read();
                if (octet < 0) {
                    throw new EOFException();
                }
                head.append((char) octet);
            }
            return head.toString();
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }

        void awaitClose() throws IOException {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
