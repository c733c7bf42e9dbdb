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
     * it. An HTTP/2 connection has a reader of its own that sees this; one whose socket has no channel cannot be looked
     * at. The connection must be the caller's alone; does not block.
     */
    static boolean isStale(Connection connection) {
        if (!canBeLookedAt(connection)) {
            return false;
        }
        SocketChannel channel = connection.socket().getChannel();
        try {
            channel.configureBlocking(false);
            int read = channel.read(ByteBuffer.allocate(1));
            channel.configureBlocking(true);
            return read != 0;
        } catch (IOException closed) {
            return true;
        }
    }

    /** Whether its socket has a channel and is one exchange's alone. */
    static boolean canBeLookedAt(Connection connection) {
        return connection.socket().getChannel() != null && !isMultiplexed(connection.protocol());
    }

    private static boolean isMultiplexed(Protocol protocol) {
        return protocol == Protocol.HTTP_2 || protocol == Protocol.H2_PRIOR_KNOWLEDGE;
    }
}
