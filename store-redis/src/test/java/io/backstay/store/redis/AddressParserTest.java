package io.backstay.store.redis;

import io.backstay.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AddressParserTest {

    private static Address parse(String uri) {
        return AddressParser.parse("backstay.store.redis.uri", uri);
    }

    @Test
    void standalone_hasOneServerAndADatabase() {
        Address address = parse(" redis://cache.test/3 ");

        assertThat(address.kind()).isEqualTo(Address.Kind.STANDALONE);
        assertThat(address.tls()).isFalse();
        assertThat(address.nodes()).containsExactly(Node.of("cache.test", 6_379));
        assertThat(address.database()).isEqualTo(3);
        assertThat(address.user()).isNull();
        assertThat(address.password()).isNull();
    }

    @Test
    void credentials_areDecodedAndNotShown() {
        Address address = parse("rediss://ada:s%3Acret%40x+y@[::1]:7000");

        assertThat(address.tls()).isTrue();
        assertThat(address.nodes()).containsExactly(Node.of("::1", 7_000));
        assertThat(address.user()).isEqualTo("ada");
        assertThat(address.password()).isEqualTo("s:cret@x+y");
        assertThat(address.toString()).isEqualTo("Redis at [::1]:7000").doesNotContain("cret");
        assertThat(parse("redis://alone@h").password()).isEqualTo("alone");
        assertThat(parse("redis://:p@h").user()).isNull();
    }

    @Test
    void sentinels_areSeveralWithTheNameOfThePrimary() {
        Address address = parse("redis-sentinel://:x@s1,s2:27000,s3/2#primary.one");

        assertThat(address.kind()).isEqualTo(Address.Kind.SENTINEL);
        assertThat(address.primary()).isEqualTo("primary.one");
        assertThat(address.nodes())
                .containsExactly(Node.of("s1", 26_379), Node.of("s2", 27_000), Node.of("s3", 26_379));
        assertThat(address.database()).isEqualTo(2);
    }

    @Test
    void cluster_hasSeveralServersToBeginWith() {
        Address address = parse("rediss-cluster://n1,n2:7001");

        assertThat(address.kind()).isEqualTo(Address.Kind.CLUSTER);
        assertThat(address.tls()).isTrue();
        assertThat(address.nodes()).containsExactly(Node.of("n1", 6_379), Node.of("n2", 7_001));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "http://:secret@host",
                "redis://",
                "redis:///0",
                "redis://:secret@",
                "redis://:secret@host:0",
                "redis://:secret@host:65536",
                "redis://:secret@host:port",
                "redis://:secret@ho st",
                "redis://:secret@a,b",
                "redis://:secret@host/one",
                "redis://:secret@host/99999",
                "redis://:secret@host?timeout=1s",
                "redis://:secret%zz@host",
                "redis://:secret@host#name",
                "redis-sentinel://:secret@host",
                "redis-sentinel://:secret@host#",
                "redis-sentinel://:secret@host#no name",
                "redis-cluster://:secret@host/1",
                "redis-cluster://:secret@host,",
                "redis-socket:///secret"
            })
    void whatIsNone_isRefusedWithTheSettingsNameAndNeverShown(String uri) {
        assertThatThrownBy(() -> parse(uri))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("backstay.store.redis.uri cannot be used: ")
                .hasMessageContaining("redis-sentinel://")
                .hasMessageNotContaining("secret")
                .hasNoCause();
    }
}
