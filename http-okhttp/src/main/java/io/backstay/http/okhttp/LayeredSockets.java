package io.backstay.http.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes TLS sockets by another factory and remembers which socket of ours each stands on, since they do not tell. The memory
 * of one goes with it. Thread-safe.
 */
final class LayeredSockets extends SSLSocketFactory {

    private final SSLSocketFactory factory;
    private final Map<Socket, ChannelSocket> under = Collections.synchronizedMap(new WeakHashMap<>());

    LayeredSockets(SSLSocketFactory factory) {
        this.factory = factory;
    }

    /** What this TLS socket stands on; null when that is none of ours. */
    @Nullable
    ChannelSocket under(Socket top) {
        return under.get(top);
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
        Socket top = factory.createSocket(socket, host, port, autoClose);
        if (socket instanceof ChannelSocket own) {
            under.put(top, own);
        }
        return top;
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return factory.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return factory.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket() throws IOException {
        return factory.createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return factory.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return factory.createSocket(host, port, localHost, localPort);
    }
}
