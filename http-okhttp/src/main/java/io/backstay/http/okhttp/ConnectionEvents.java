package io.backstay.http.okhttp;

import java.net.InetSocketAddress;
import java.net.Proxy;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/** What an exchange has to know of its connection: that it is a new one, and that it is about to be given back. */
final class ConnectionEvents extends EventListener {

    private final OkHttpTransportCall call;

    ConnectionEvents(OkHttpTransportCall call) {
        this.call = call;
    }

    @Override
    public void connectEnd(Call ignored, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
        call.connected();
    }

    @Override
    public void requestBodyEnd(Call ignored, long byteCount) {
        call.endUpload();
    }

    /** Comes before the connection is given back. */
    @Override
    public void responseBodyEnd(Call ignored, long byteCount) {
        call.release();
    }
}
