package io.backstay.internal;

import io.backstay.BalancePolicy;
import io.backstay.CallPolicy;
import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.balance.Balancers;
import io.backstay.balance.InstancePool;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.spi.Balancer;
import io.backstay.spi.BalancerProvider;
import io.backstay.spi.ProviderContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes the pool of a service's instances, with the balancer that its policy names. Thread-safe. */
final class PoolMaker {

    private final ProviderContext context;
    private final Events events;
    private final Map<String, BalancerProvider> own = new TreeMap<>();
    private final Duration firstReadingTimeout;

    /**
     * With the user's balancers beside the built-in ones.
     *
     * @throws ConfigurationException when two have the same name, or a setting is out of range
     */
    PoolMaker(ProviderContext context, Events events, List<BalancerProvider> providers) {
        this.context = context;
        this.events = events;
        Setting<Duration> timeout = Settings.FIRST_READING_TIMEOUT;
        this.firstReadingTimeout = context.setting(timeout.name())
                .map(text -> timeout.parse(timeout.name(), text))
                .orElse(timeout.defaultValue());
        for (BalancerProvider provider : providers) {
            if (Balancers.names().contains(provider.name()) || own.put(provider.name(), provider) != null) {
                throw new ConfigurationException("there is more than one balancer called " + provider.name());
            }
        }
    }

    InstancePool make(String service, CallPolicy policy, Function<ServiceInstance, @Nullable ConcurrencyLimit> limits) {
        return InstancePool.builder(service)
                .policies(policy.balance(), policy.ejection())
                .locality(
                        context.setting(Settings.ZONE.name()).orElse(null),
                        context.setting(Settings.REGION.name()).orElse(null))
                .limits(limits)
                .listener(new PoolEvents(events, context.time()))
                .balancers(this::balancer)
                .time(context.time(), context.scheduler())
                .random(context.random())
                .build();
    }

    /** For such a pool. */
    FirstReading firstReading(InstancePool instances) {
        return new FirstReading(instances, context.time(), context.scheduler(), firstReadingTimeout);
    }

    private Balancer balancer(BalancePolicy policy) {
        BalancerProvider provider = own.get(policy.balancer());
        return provider != null
                ? provider.create(context)
                : Balancers.of(policy, context.random()).orElseThrow(() -> unknown(policy.balancer()));
    }

    private ConfigurationException unknown(String name) {
        List<String> names = new ArrayList<>(Balancers.names());
        names.addAll(own.keySet());
        return new ConfigurationException(
                "there is no " + Settings.BALANCER.name() + " " + name + "; there are " + names);
    }
}
