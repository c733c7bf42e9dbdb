package io.backstay.http.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.SocketFactory;

/**
 * Makes sockets for one exchange by another factory, and closes those that are not a connection yet when the exchange is called
 * off. OkHttp's own cancel acts once and misses the moment between connecting and asking a proxy for a tunnel, which then may
 * be silent for ever. A connection keeps the factory of its socket, so nothing of the exchange is in here. Thread-safe.
 */
final class ConnectingSockets extends SocketFactory {

    /** What makes a socket. */
    @FunctionalInterface
    private interface Maker {
        Socket make() throws IOException;
    }

    private final SocketFactory factory;

    private final ReentrantLock lock = new ReentrantLock();
    // Both below: guarded by the lock.
    private final List<Socket> connecting = new ArrayList<>(1);
    private boolean calledOff;

    ConnectingSockets(SocketFactory factory) {
        this.factory = factory;
    }

    /** Closes what is connecting, and makes no socket any more. */
    void callOff() {
        lock.lock();
        try {
            calledOff = true;
            connecting.forEach(ConnectingSockets::closeQuietly);
        } finally {
            lock.unlock();
        }
    }

    /** A connection has come about, which other exchanges may share from here on. */
    void connected() {
        lock.lock();
        try {
            connecting.clear();
        } finally {
            lock.unlock();
        }
    }

    private Socket watched(Maker maker) throws IOException {
        Socket socket = maker.make();
        lock.lock();
        try {
            if (calledOff) {
                closeQuietly(socket);
                throw new IOException("called off");
            }
            connecting.add(socket);
        } finally {
            lock.unlock();
        }
        return socket;
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException unimportant) {
            // Nothing more is wanted of it.
        }
    }

    @Override
    public Socket createSocket() throws IOException {
        return watched(factory::createSocket);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return watched(() -> factory.createSocket(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return watched(() -> factory.createSocket(host, port, localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return watched(() -> factory.createSocket(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return watched(() -> factory.createSocket(host, port, localHost, localPort));
    }
}
