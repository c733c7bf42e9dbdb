package io.backstay.it.apache;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import io.backstay.spi.WorkerCall;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnknownHostException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.Closer;

/** One exchange, on a worker. */
final class ApacheTransportCall extends WorkerCall {

    private static final String ATTRIBUTE = ApacheTransportCall.class.getName();

    private final ApacheTransport transport;
    private final TransportRequest request;
    private final HttpUriRequestBase message;

    ApacheTransportCall(ApacheTransport transport, TransportRequest request) {
        super(request, transport.context, transport.running);
        this.transport = transport;
        this.request = request;
        this.message = new HttpUriRequestBase(request.method(), request.uri());
    }

    /** There is a connection, and octets are about to leave on it. */
    static void beforeSending(HttpContext exchange) throws IOException {
        ((ApacheTransportCall) exchange.getAttribute(ATTRIBUTE)).sending();
    }

    @Override
    protected TransportResponse exchange() throws IOException, ExchangeException {
        request.headers().forEach(message::addHeader);
        BodySource source = request.bodySource();
        if (source != null) {
            message.setEntity(
                    new InputStreamEntity(open(source), source.length().orElse(-1), null));
        } else if (request.body() != null) {
            message.setEntity(new ByteArrayEntity(request.body(), null));
        }
        HttpContext exchange = HttpClientContext.create();
        exchange.setAttribute(ATTRIBUTE, this);
        HttpHost host = HttpHost.create(request.instance().baseUri());
        ClassicHttpResponse response = transport.client.executeOpen(host, message, exchange);
        InputStream arriving = arriving(response);
        if (!isSent()) {
            arriving.close();
            throw new IOException("the proxy answered " + response.getCode());
        }
        if (request.responseMode() == BodyMode.STREAMED) {
            return TransportResponse.streamed(response.getCode(), headers(response), arriving);
        }
        try (arriving) {
            long announced =
                    response.getEntity() == null ? 0 : response.getEntity().getContentLength();
            return new TransportResponse(response.getCode(), headers(response), readAll(arriving, announced));
        }
    }

    /** Closed before its end its connection goes with it, since the client would wait for the rest; at its end it is given back. */
    private InputStream arriving(ClassicHttpResponse response) throws IOException {
        HttpEntity entity = response.getEntity();
        return new FilterInputStream(entity == null ? InputStream.nullInputStream() : entity.getContent()) {
            @Override
            public void close() {
                message.cancel();
                Closer.closeQuietly(response);
            }
        };
    }

    private static Headers headers(ClassicHttpResponse response) {
        Header[] fields = response.getHeaders();
        return Headers.received(fields.length, i -> fields[i].getName(), i -> fields[i].getValue());
    }

    /** Cancelled while it connects, this client forgets the connection that comes about afterwards. */
    @Override
    protected void disconnect() {
        if (isSent()) {
            message.cancel();
        } else {
            Duration wait = ApacheTransport.CONNECT_TIMEOUT.multipliedBy(2);
            transport.context.scheduler().schedule(message::cancel, wait);
        }
    }

    @Override
    protected FailureKind kindOf(Exception thrown, boolean sent) {
        if (!(thrown instanceof IOException)) {
            return FailureKind.UNEXPECTED;
        }
        return sent ? lost(thrown) : unsent(thrown);
    }

    private static FailureKind lost(Exception thrown) {
        boolean breach = thrown instanceof ClientProtocolException
                || thrown instanceof MalformedChunkCodingException
                || thrown instanceof MessageConstraintException;
        return breach ? FailureKind.PROTOCOL_ERROR : FailureKind.CONNECTION_LOST;
    }

    private static FailureKind unsent(Exception thrown) {
        if (thrown instanceof UnknownHostException) {
            return FailureKind.UNKNOWN_HOST;
        } else if (thrown instanceof ConnectTimeoutException) {
            return FailureKind.CONNECT_TIMEOUT;
        }
        return thrown instanceof SSLException ? FailureKind.TLS_FAILED : FailureKind.CONNECT_FAILED;
    }
}
