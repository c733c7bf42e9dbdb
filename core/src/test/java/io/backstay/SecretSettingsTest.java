package io.backstay;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.VirtualTime;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** What is a secret among the settings shows nowhere. */
class SecretSettingsTest {

    private static final String SECRET = "rope-and-sail";

    @Test
    void secrets_showNeitherInTheDescriptionNorInTheLog() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger own = (Logger) LoggerFactory.getLogger("io.backstay");
        Level before = own.getLevel();
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        root.addAppender(lines);
        own.setLevel(Level.TRACE);
        try (Backstay backstay = Backstay.builder()
                .transport(new ScriptedTransport(new VirtualTime(), Step.ok("")))
                .setting(Settings.TLS_KEY.name(), SECRET)
                .setting(Settings.TLS_KEY_PASSWORD.name(), SECRET)
                .setting(Settings.PROXY_PASSWORD.name(), SECRET)
                .build()) {
            assertThat(backstay.description()).doesNotContain(SECRET);
            assertThat(backstay.toString()).doesNotContain(SECRET);
        } finally {
            root.detachAppender(lines);
            own.setLevel(before);
        }
        assertThat(lines.list).isNotEmpty().allSatisfy(line -> {
            assertThat(line.getFormattedMessage()).doesNotContain(SECRET);
            assertThat(String.valueOf(line.getKeyValuePairs())).doesNotContain(SECRET);
        });
    }
}
