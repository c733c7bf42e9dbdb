package io.backstay.spi;

/** Makes {@link EndpointResolver}s. All that are found are asked in turn, those of higher priority first. */
public interface EndpointResolverProvider extends Provider {

    /** A resolver, ready to use; what it needs from elsewhere it fetches in the background. */
    EndpointResolver create(ProviderContext context);
}
