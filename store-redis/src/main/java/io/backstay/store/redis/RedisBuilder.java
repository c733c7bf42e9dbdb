package io.backstay.store.redis;

import io.backstay.ConfigurationException;
import io.backstay.TlsSettings;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What builders of a store and of a cache have in common: how to reach a Redis. Not thread-safe. */
public abstract sealed class RedisBuilder<B extends RedisBuilder<B>>
        permits RedisStateStore.Builder, RedisCacheStore.Builder {

    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(10);
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);
    private static final int MOST_QUEUED = 1_000_000;

    private final String group;
    private @Nullable Address address;
    private Credentials credentials = Credentials.NONE;
    private Credentials sentinelCredentials = Credentials.NONE;
    private @Nullable TlsSettings tls;
    private String prefix;
    private Duration commandTimeout;
    private Duration connectTimeout = Duration.ofSeconds(2);
    private int queue = 10_000;
    private @Nullable RedisClient client;

    RedisBuilder(String group, String prefix, Duration commandTimeout) {
        this.group = group;
        this.prefix = prefix;
        this.commandTimeout = commandTimeout;
    }

    abstract B self();

    /**
     * Where it is: {@code redis://host:port/database}, {@code redis-sentinel://host:port,host:port/database#primary} with Sentinels, or
     * {@code redis-cluster://host:port,host:port} with some nodes of a cluster; over TLS with {@code rediss}. A user and a password in
     * it are taken and never shown.
     *
     * @throws ConfigurationException when it is none of these
     */
    public B uri(String uri) {
        this.address = AddressParser.parse(setting("uri"), uri);
        return self();
    }

    /** Who to be, in place of what the URI says; the user {@code default} where none is given. */
    public B credentials(@Nullable String user, String password) {
        this.credentials = new Credentials(user, password);
        return self();
    }

    /** Who to be at the Sentinels; nobody by default. */
    public B sentinelCredentials(@Nullable String user, String password) {
        this.sentinelCredentials = new Credentials(user, password);
        return self();
    }

    /** Whom to trust and who to be over TLS, which a URI with {@code rediss} asks for; as the JVM does by default. */
    public B tls(TlsSettings settings) {
        this.tls = settings;
        return self();
    }

    /**
     * What all keys and channels begin with.
     *
     * @throws ConfigurationException when it is not 1 to 64 letters, digits, dots, hyphens, underscores and colons
     */
    public B prefix(String text) {
        if (!PREFIX.matcher(text).matches()) {
            throw new ConfigurationException(setting("prefix")
                    + " cannot be used; allowed: 1 to 64 letters, digits, dots, hyphens, underscores and colons");
        }
        this.prefix = text;
        return self();
    }

    /**
     * How long a connection may take to come about, with all that is said before it can be used; 2 s by default.
     *
     * @throws ConfigurationException when it is less than 10 ms or more than a minute
     */
    public B connectTimeout(Duration time) {
        this.connectTimeout = checked("connect-timeout", time);
        return self();
    }

    /**
     * How many operations may be on their way at once; more are refused at once. 10,000 by default. All together may have 64 MiB.
     *
     * @throws ConfigurationException when it is less than one or more than a million
     */
    public B queue(int most) {
        if (most < 1 || most > MOST_QUEUED) {
            throw new ConfigurationException(
                    setting("queue") + " cannot be " + most + "; allowed: from 1 to " + MOST_QUEUED);
        }
        this.queue = most;
        return self();
    }

    /**
     * A Lettuce client of the user's own, which stays the user's to close. Not used itself: a client derived from it shares its
     * resources, which are its threads, and keeps its options but for these: it does not connect anew by itself, rejects commands
     * while it is not connected, replays none, speaks version 3 of the protocol, and has no timeouts of its own. Its URI does not count,
     * nor do its TLS options where {@link #tls} is given.
     */
    public B client(RedisClient lettuce) {
        this.client = lettuce;
        return self();
    }

    /** The command timeout, whatever it is called. */
    B timeout(String name, Duration time) {
        this.commandTimeout = checked(name, time);
        return self();
    }

    private Duration checked(String name, Duration time) {
        if (time.compareTo(SHORTEST_TIMEOUT) < 0 || time.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new ConfigurationException(setting(name) + " cannot be " + time + "; allowed: from 10 ms to 60 s");
        }
        return time;
    }

    final String setting(String name) {
        return group + "." + name;
    }

    final RedisSettings settings() {
        Address to = address;
        if (to == null) {
            throw new ConfigurationException(setting("uri") + " must be set, as in redis://host:6379");
        }
        Credentials who = credentials;
        if (who.password() == null && to.password() != null) {
            who = new Credentials(to.user(), to.password());
        }
        return new RedisSettings(
                group, to, who, sentinelCredentials, tls, prefix, commandTimeout, connectTimeout, queue, client);
    }
}
