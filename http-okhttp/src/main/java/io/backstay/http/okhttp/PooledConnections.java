package io.backstay.http.okhttp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import okhttp3.Connection;
import okhttp3.Protocol;

/**
 * Tells whether a connection from the pool has been closed by its server meanwhile. OkHttp itself looks only after 10 s of
 * idleness, never before a GET, and by waiting a millisecond for an octet.
 */
final class PooledConnections {

    private PooledConnections() {}

    /**
     * Whether the server has closed the connection, or sent what nobody asked for: either way no request must be sent on
     * it. Below TLS the same holds of what is not decrypted yet. An HTTP/2 connection has a reader of its own that sees
     * this; one whose socket is none of ours cannot be looked at. The connection must be the caller's alone; does not block.
     */
    static boolean isStale(Connection connection) {
        ChannelSocket socket = ChannelSocket.under(connection);
        if (socket == null || isMultiplexed(connection)) {
            return false;
        }
        if (socket.isAhead()) {
            return true;
        }
        SocketChannel channel = socket.getChannel();
        try {
            channel.configureBlocking(false);
            int read = channel.read(ByteBuffer.allocate(1));
            channel.configureBlocking(true);
            return read != 0;
        } catch (IOException closed) {
            return true;
        }
    }

    /** Whether several exchanges share it. */
    static boolean isMultiplexed(Connection connection) {
        return connection.protocol() == Protocol.HTTP_2 || connection.protocol() == Protocol.H2_PRIOR_KNOWLEDGE;
    }
}
