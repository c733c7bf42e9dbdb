package io.backstay.spi;

/** Makes {@link Balancer}s, for services whose policy names it. */
public interface BalancerProvider extends Provider {

    /** A balancer for one service. */
    Balancer create(ProviderContext context);
}
