package io.backstay.http.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@DisplayName("The sockets of an exchange that connects, by any factory")
class ConnectingSocketsTest {

    private final List<Socket> made = new ArrayList<>();
    private final ConnectingSockets sockets = new ConnectingSockets(new Recording());

    @Test
    @DisplayName("are closed when it is called off, all of them, since hosts have several addresses")
    void callOff_closesWhatIsConnecting() throws Exception {
        sockets.createSocket();
        sockets.createSocket();

        sockets.callOff();

        assertThat(made).hasSize(2).allMatch(Socket::isClosed);
    }

    @Test
    @DisplayName("are made no more once it was called off")
    void createSocket_afterCallOff_leavesNothingOpen() {
        sockets.callOff();

        assertThatThrownBy(sockets::createSocket).isInstanceOf(IOException.class);

        assertThat(made).allMatch(Socket::isClosed);
    }

    @Test
    @DisplayName("are left alone as soon as one is a connection, which others may share")
    void callOff_hurtsNoConnection() throws Exception {
        sockets.createSocket();
        sockets.connected();

        sockets.callOff();

        assertThat(made).singleElement().matches(socket -> !socket.isClosed());
        made.get(0).close();
    }

    /** Sockets that are not connected, and remembered. */
    private final class Recording extends SocketFactory {

        @Override
        public Socket createSocket() {
            Socket socket = new Socket();
            made.add(socket);
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port) {
            return createSocket();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
            return createSocket();
        }
    }
}
