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
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.Closer;
import org.jspecify.annotations.Nullable;

/** One exchange, on a worker; a blocking caller waits for it, so that an interrupt reaches it whatever the client does. */
final class ApacheTransportCall implements TransportCall {

    private static final String ATTRIBUTE = ApacheTransportCall.class.getName();

    private final ApacheTransport transport;
    private final TransportRequest request;
    private final HttpUriRequestBase message;
    private final CompletableFuture<TransportResponse> result = new CompletableFuture<>();
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicReference<FailureKind> aborted = new AtomicReference<>();
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
            cancel();
        }
        Cancellable timer = transport.context.scheduler().schedule(() -> abort(FailureKind.TIMEOUT), request.timeout());
        transport.context.workers().execute(() -> {
            try {
                result.complete(exchange());
            } catch (Exception e) {
                transport.running.remove(this);
                result.completeExceptionally(failure(e));
            } finally {
                timer.cancel();
                Closer.closeQuietly(message.getEntity());
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
            message.setEntity(new InputStreamEntity(
                    leaving(source.open()), source.length().orElse(-1), null));
        } else if (request.body() != null) {
            message.setEntity(new ByteArrayEntity(request.body(), null));
        }
        HttpContext exchange = HttpClientContext.create();
        exchange.setAttribute(ATTRIBUTE, this);
        HttpHost host = HttpHost.create(request.instance().baseUri());
        ClassicHttpResponse response = transport.client.executeOpen(host, message, exchange);
        InputStream arriving = arriving(response);
        if (!sent) {
            arriving.close();
            throw exception(FailureKind.CONNECT_FAILED, new IOException("the proxy answered " + response.getCode()));
        }
        if (request.responseMode() == BodyMode.STREAMED) {
            return TransportResponse.streamed(response.getCode(), headers(response), arriving);
        }
        try (arriving) {
            HttpEntity entity = response.getEntity();
            if (entity != null && entity.getContentLength() > request.maxResponseBytes()) {
                throw exception(FailureKind.RESPONSE_TOO_LARGE, null);
            }
            byte[] body = arriving.readNBytes((int) Math.min(request.maxResponseBytes() + 1, Integer.MAX_VALUE - 8));
            if (body.length > request.maxResponseBytes()) {
                throw exception(FailureKind.RESPONSE_TOO_LARGE, null);
            }
            return new TransportResponse(response.getCode(), headers(response), body);
        }
    }

    /** The client ends a body whose source has failed as if it were whole, unless the connection is gone by then. */
    private InputStream leaving(InputStream source) {
        return new FilterInputStream(source) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                try {
                    return in.read(target, offset, length);
                } catch (IOException e) {
                    message.cancel();
                    throw e;
                }
            }
        };
    }

    /** Closed before its end its connection goes with it, since the client would wait for the rest; at its end it is given back. */
    private InputStream arriving(ClassicHttpResponse response) throws IOException {
        HttpEntity entity = response.getEntity();
        return new FilterInputStream(entity == null ? InputStream.nullInputStream() : entity.getContent()) {
            @Override
            public void close() {
                transport.running.remove(ApacheTransportCall.this);
                message.cancel();
                Closer.closeQuietly(response);
            }
        };
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
        sent = aborted.get() == null;
        if (aborted.get() != null) {
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
            transport.context.workers().execute(() -> {
                Closer.closeQuietly(message.getEntity());
                result.completeExceptionally(failure(null));
            });
        }
    }

    private ExchangeException failure(@Nullable Exception thrown) {
        FailureKind kind = aborted.get();
        if (kind != null) {
            return exception(kind == FailureKind.TIMEOUT && !sent ? FailureKind.CONNECT_TIMEOUT : kind, thrown);
        }
        return thrown instanceof ExchangeException own ? own : exception(sent ? lost(thrown) : unsent(thrown), thrown);
    }

    private static FailureKind lost(@Nullable Exception thrown) {
        if (thrown instanceof ClientProtocolException
                || thrown instanceof MalformedChunkCodingException
                || thrown instanceof MessageConstraintException) {
            return FailureKind.PROTOCOL_ERROR;
        }
        return thrown instanceof IOException ? FailureKind.CONNECTION_LOST : FailureKind.UNEXPECTED;
    }

    private static FailureKind unsent(@Nullable Exception thrown) {
        if (thrown instanceof UnknownHostException) {
            return FailureKind.UNKNOWN_HOST;
        } else if (thrown instanceof ConnectTimeoutException) {
            return FailureKind.CONNECT_TIMEOUT;
        } else if (thrown instanceof SSLException) {
            return FailureKind.TLS_FAILED;
        }
        return thrown instanceof IOException ? FailureKind.CONNECT_FAILED : FailureKind.UNEXPECTED;
    }

    private ExchangeException exception(FailureKind kind, @Nullable Exception cause) {
        return new ExchangeException(
                kind, sent, kind.words() + ": " + request.instance().address(), cause);
    }
}
