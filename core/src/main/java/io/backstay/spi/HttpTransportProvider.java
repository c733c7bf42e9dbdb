package io.backstay.spi;

/** Makes {@link HttpTransport}s. */
public interface HttpTransportProvider extends Provider {

    /** A transport that holds to its contract, ready to use; connections are opened when needed. */
    HttpTransport create(ProviderContext context);
}
