package io.backstay.it.apache;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.spi.BodyMode;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.protocol.HttpContext;

/** One exchange, on a worker; a blocking caller waits for it, so that an interrupt reaches it whatever the client does. */
final class ApacheTransportCall implements TransportCall {

    private static final String ATTRIBUTE = ApacheTransportCall.class.getName();

    private final ApacheTransport transport;
    private final TransportRequest request;
    private final HttpUriRequestBase message;
    private final AtomicBoolean begun = new AtomicBoolean();
    /** What ended it from outside, the first time. */
    private final AtomicReference<FailureKind> aborted = new AtomicReference<>();

    private final CompletableFuture<TransportResponse> result = new CompletableFuture<>();
    private volatile boolean sent;

    ApacheTransportCall(ApacheTransport transport, TransportRequest request) {
        this.transport = transport;
        this.request = request;
        this.message = new HttpUriRequestBase(request.method(), request.uri());
    }

    static ApacheTransportCall of(HttpContext exchange) {
        return (ApacheTransportCall) exchange.getAttribute(ATTRIBUTE);
    }

    @Override
    public TransportResponse execute() throws ExchangeException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try {
            return executeAsync().get();
        } catch (InterruptedException e) {
            cancel();
            throw e;
        } catch (ExecutionException e) {
            throw (ExchangeException) e.getCause();
        }
    }

    @Override
    public CompletableFuture<TransportResponse> executeAsync() {
        if (!begun.compareAndSet(false, true)) {
            throw new IllegalStateException("an exchange is made once");
        }
        transport.running.add(this);
        if (transport.closed) {
            abort(FailureKind.CANCELLED);
        }
        Cancellable timer = transport.context.scheduler().schedule(() -> abort(FailureKind.TIMEOUT), request.timeout());
        transport.context.workers().execute(() -> {
            try {
                result.complete(exchange());
            } catch (Exception e) {
                end();
                result.completeExceptionally(failure(e));
            } finally {
                timer.cancel();
            }
        });
        return result;
    }

    private TransportResponse exchange() throws IOException, ExchangeException {
        if (aborted.get() != null) {
            throw new IOException("called off");
        }
        request.headers().forEach(message::addHeader);
        BodySource source = request.bodySource();
        if (source != null) {
            long length = source.length().orElse(-1);
            message.setEntity(new InputStreamEntity(source.open(), length, null));
        } else if (request.body() != null) {
            message.setEntity(new ByteArrayEntity(request.body(), null));
        }
        HttpContext exchange = HttpClientContext.create();
        exchange.setAttribute(ATTRIBUTE, this);
        HttpHost host = HttpHost.create(request.instance().baseUri());
        ClassicHttpResponse response = transport.client.executeOpen(host, message, exchange);
        InputStream body =
                response.getEntity() == null ? null : response.getEntity().getContent();
        InputStream arriving = new Arriving(body == null ? InputStream.nullInputStream() : body, response);
        if (request.responseMode() == BodyMode.STREAMED) {
            return TransportResponse.streamed(response.getCode(), headers(response), arriving);
        }
        try (arriving) {
            long most = request.maxResponseBytes();
            boolean tooLong = body != null && response.getEntity().getContentLength() > most;
            byte[] octets = tooLong ? null : arriving.readNBytes((int) Math.min(most + 1, Integer.MAX_VALUE - 8));
            if (octets == null || octets.length > most) {
                throw exception(FailureKind.RESPONSE_TOO_LARGE, null);
            }
            return new TransportResponse(response.getCode(), headers(response), octets);
        }
    }

    private static Headers headers(ClassicHttpResponse response) {
        Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Header field : response.getHeaders()) {
            fields.computeIfAbsent(field.getName(), name -> new ArrayList<>(1)).add(field.getValue());
        }
        return Headers.received(fields);
    }

    /** There is a connection, and octets are about to leave on it. */
    void sending() throws IOException {
        sent = true;
        if (aborted.get() != null) {
            sent = false;
            throw new IOException("called off");
        }
    }

    @Override
    public void cancel() {
        abort(FailureKind.CANCELLED);
    }

    private void abort(FailureKind kind) {
        if (aborted.compareAndSet(null, kind)) {
            // Cancelled while it connects, this client forgets the connection that comes about afterwards.
            Duration wait = sent ? Duration.ZERO : ApacheTransport.CONNECT_TIMEOUT.multipliedBy(2);
            transport.context.scheduler().schedule(message::cancel, wait);
            transport.context.workers().execute(() -> result.completeExceptionally(failure(null)));
        }
    }

    private void end() {
        transport.running.remove(this);
    }

    private ExchangeException failure(Exception thrown) {
        FailureKind kind = aborted.get();
        if (thrown instanceof ExchangeException own && kind == null) {
            return own;
        }
        boolean connecting = kind == FailureKind.TIMEOUT && !sent;
        return exception(kind == null ? kindOf(thrown) : connecting ? FailureKind.CONNECT_TIMEOUT : kind, thrown);
    }

    private FailureKind kindOf(Exception thrown) {
        if (thrown instanceof ClientProtocolException
                || thrown instanceof MalformedChunkCodingException
                || thrown instanceof MessageConstraintException) {
            return FailureKind.PROTOCOL_ERROR;
        } else if (!(thrown instanceof IOException)) {
            return FailureKind.UNEXPECTED;
        } else if (sent) {
            return FailureKind.CONNECTION_LOST;
        } else if (thrown instanceof UnknownHostException) {
            return FailureKind.UNKNOWN_HOST;
        } else if (thrown instanceof SSLException) {
            return FailureKind.TLS_FAILED;
        }
        return thrown instanceof ConnectTimeoutException ? FailureKind.CONNECT_TIMEOUT : FailureKind.CONNECT_FAILED;
    }

    private ExchangeException exception(FailureKind kind, Exception cause) {
        return new ExchangeException(
                kind, sent, kind.words() + ": " + request.instance().address(), cause);
    }

    /** The body as the client gives it. Closed before its end the connection goes with it, since the client would wait for the rest. */
    private final class Arriving extends FilterInputStream {

        private final ClassicHttpResponse response;
        private volatile boolean atEnd;

        Arriving(InputStream body, ClassicHttpResponse response) {
            super(body);
            this.response = response;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                int count = in.read(target, offset, length);
                atEnd |= count < 0;
                return count;
            } catch (IOException e) {
                throw request.responseMode() == BodyMode.STREAMED ? new IOException(e.getMessage(), failure(e)) : e;
            }
        }

        @Override
        public void close() throws IOException {
            end();
            if (!atEnd) {
                message.cancel();
            }
            response.close();
        }
    }
}
