package io.backstay.http.okhttp;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import javax.net.SocketFactory;
import okhttp3.Connection;
import okhttp3.Interceptor;
import org.jspecify.annotations.Nullable;

/**
 * One exchange as it is told by OkHttp's interceptors and listeners: which connection it goes over, and how far it has come
 * there. Only touched on the thread that makes the exchange, then by the reader of its stream.
 */
final class Wire {

    private final TransportRequest request;
    private final ExchangeProgress progress;
    private final @Nullable StreamedBody streamedBody;
    private final DelayScheduler scheduler;

    /** Null where none is watched. */
    private @Nullable ConnectingSockets connecting;

    private boolean newConnection;

    /** 0 for none. */
    private int hiddenStatus;

    /** Whether the response is whole, and the connection may be somebody else's. */
    private boolean released;

    private @Nullable UploadWatch upload;

    /** Null for one that is shared. */
    private @Nullable Connection unshared;

    /** The same; null where it is none of ours. */
    private @Nullable ChannelSocket socket;

    Wire(
            TransportRequest request,
            ExchangeProgress progress,
            @Nullable StreamedBody streamedBody,
            DelayScheduler scheduler) {
        this.request = request;
        this.progress = progress;
        this.streamedBody = streamedBody;
        this.scheduler = scheduler;
    }

    /** That of the exchange an interceptor works for; by the original request, since interceptors of the user may make new ones. */
    static Wire of(Interceptor.Chain chain) {
        Wire wire = chain.call().request().tag(Wire.class);
        if (wire == null) {
            throw new IllegalStateException("this client makes exchanges of its transport only");
        }
        return wire;
    }

    /**
     * What makes the sockets of this exchange's connections, by that factory.
     *
     * @throws IOException when the exchange has been called off
     */
    SocketFactory connectBy(SocketFactory factory) throws IOException {
        ConnectingSockets sockets = new ConnectingSockets(factory);
        progress.connectBy(sockets);
        connecting = sockets;
        return sockets;
    }

    /** A connection was opened; one from the pool is not announced. */
    void connected() {
        if (connecting != null) {
            connecting.connected();
        }
        newConnection = true;
    }

    boolean hasNewConnection() {
        return newConnection;
    }

    /**
     * A connection that has come about is to be secured.
     *
     * @throws CancellationException when the exchange has been called off; OkHttp closes the connection then
     */
    void requireWanted() {
        if (progress.aborted() != null) {
            throw new CancellationException("called off");
        }
    }

    /**
     * From here on octets may leave.
     *
     * @throws IOException when the exchange has been called off: none may
     */
    void beginSending() throws IOException {
        newConnection = false;
        hiddenStatus = 0;
        progress.beginSending();
    }

    /** Which connection it goes over. */
    void over(Connection connection) {
        if (streamedBody != null) {
            upload = UploadWatch.begin(streamedBody, connection, scheduler);
        }
        unshared = PooledConnections.isMultiplexed(connection) ? null : connection;
        socket = unshared == null ? null : ChannelSocket.under(unshared);
        progress.over(socket);
        released = false;
        if (socket != null) {
            socket.begin();
        }
    }

    /** Null where it is shared, or there is none yet. */
    @Nullable
    Connection unshared() {
        return unshared;
    }

    /** A part of the body has been taken; of no effect once the response is whole. */
    void allowMore() {
        if (socket != null && !released) {
            socket.allowMore();
        }
    }

    /** Whether a head that is there now was there before the request: OkHttp had read it along with the response before. */
    boolean cameUnasked() {
        return socket != null && socket.isUnread();
    }

    /** At once, while it is still this exchange's; not one that is shared. */
    void closeConnection() {
        if (socket != null) {
            socket.closeQuietly();
        }
    }

    /** The body was sent, or is not going to be. */
    void endUpload() {
        if (upload != null) {
            upload.close();
        }
    }

    /** The response is whole. */
    void release() {
        released = true;
        if (socket != null) {
            socket.allowAll();
        }
        progress.release();
    }

    /** Whether the request itself says which encodings it takes. */
    boolean choosesEncoding() {
        return request.headers().contains(Requests.ACCEPT_ENCODING);
    }

    void hideStatus(int status) {
        hiddenStatus = status;
    }

    /** The true status where OkHttp was shown another; else 0. */
    int hiddenStatus() {
        return hiddenStatus;
    }
}
