package io.backstay.registry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.Backstay;
import io.backstay.Setting;
import io.backstay.registry.dns.DnsSettings;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** Names of settings that are misspelt, and are warned of. */
class SettingNamesTest {

    private static List<String> warnings(String name, String value) {
        Logger logger = (Logger) LoggerFactory.getLogger("io.backstay");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.WARN);
        World world = new World();
        try (Backstay backstay = Backstay.builder()
                .environment(Map.of())
                .virtualTime(world.time)
                .transport(world.start("one").transport)
                .setting(name, value)
                .build()) {
            return log.list.stream()
                    .map(ILoggingEvent::getFormattedMessage)
                    .filter(line -> line.contains("no setting"))
                    .toList();
        } finally {
            logger.setLevel(null);
            logger.detachAppender(log);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "backstay.registry.lese, 5s, backstay.registry.lease",
        "backstay.registry.health-check.intervall, 5s, backstay.registry.health-check.interval",
        "backstay.registry.enable, false, backstay.registry.enabled",
        "backstay.dns.serves, 127.0.0.1, backstay.dns.servers",
        "backstay.breakers.maks, 5, backstay.breakers.max",
        "backstay.stroe, memory, backstay.store"
    })
    void misspeltSetting_isWarnedOf(String name, String value, String meant) {
        assertThat(warnings(name, value))
                .containsExactly("there is no setting " + name + "; did you mean " + meant + "?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "backstay.registry.lease=5s",
                "backstay.registry.enabled=false",
                "backstay.registry.health-check.deregister-after=1h",
                "backstay.dns.port=81",
                "backstay.breakers.max=5",
                "backstay.zone=a",
                "backstay.store.memory.max-bytes=1000000",
                "backstay.another.module=x"
            })
    void settingThatThereIs_orOfWhichNobodyKnows_isNotWarnedOf(String setting) {
        String[] parts = setting.split("=", 2);
        assertThat(warnings(parts[0], parts[1])).isEmpty();
    }

    @Test
    void everySetting_isAmongThoseThatAreTold() throws Exception {
        assertThat(RegistrySettings.all()).containsExactlyInAnyOrderElementsOf(constants(RegistrySettings.class));
        assertThat(DnsSettings.all()).containsExactlyInAnyOrderElementsOf(constants(DnsSettings.class));
    }

    private static List<Setting<?>> constants(Class<?> type) throws IllegalAccessException {
        List<Setting<?>> all = new ArrayList<>();
        for (Field field : type.getFields()) {
            if (field.getType() == Setting.class) {
                all.add((Setting<?>) field.get(null));
            }
        }
        return all;
    }
}
