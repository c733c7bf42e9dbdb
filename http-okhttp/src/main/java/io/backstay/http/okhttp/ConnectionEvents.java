package io.backstay.http.okhttp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/** What an exchange has to know of its connection: that it is a new one, and that it is about to be given back. */
final class ConnectionEvents extends EventListener {

    private final Wire wire;

    ConnectionEvents(Wire wire) {
        this.wire = wire;
    }

    @Override
    public void connectEnd(Call ignored, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
        wire.connected();
    }

    /** OkHttp itself misses a cancel that comes between connecting and this, and would wait for what the peer does. */
    @Override
    public void secureConnectStart(Call ignored) {
        wire.requireWanted();
    }

    @Override
    public void requestBodyEnd(Call ignored, long byteCount) {
        wire.endUpload();
    }

    /** Comes before the response is read all the same. */
    @Override
    public void requestFailed(Call ignored, IOException thrown) {
        wire.endUpload();
    }

    /** Comes before the connection is given back. */
    @Override
    public void responseBodyEnd(Call ignored, long byteCount) {
        wire.release();
    }
}
