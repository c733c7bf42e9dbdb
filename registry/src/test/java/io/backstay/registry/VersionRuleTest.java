package io.backstay.registry;

import io.backstay.ConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VersionRuleTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1.4.2; 1.4.2; true",
                "1.4.2; 1.4.20; false",
                "1.4; 1.4.0; true",
                "1.4.2; 1.4.2+build7; true",
                "1.4.2; 1.4.2-rc1; false",
                "1.4.*; 1.4; true",
                "1.4.*; 1.4.9; true",
                "1.4.*; 1.40; false",
                "[1.2,2.0); 1.2; true",
                "[1.2,2.0); 1.10.3; true",
                "[1.2,2.0); 2.0; false",
                "[1.2,2.0); 2.0-rc1; true",
                "(1.2,2.0]; 1.2; false",
                "(1.2,2.0]; 2.0.0; true",
                "[1.2,); 99999999999999999999.1; true",
                "(,2.0); 0.0.1; true",
                "(,2.0); 2; false",
                "[1.2,2.0); 1.x; true",
                "[1.0-alpha.2,1.0]; 1.0-alpha.10; true",
                "2024-03; 2024-03; true",
            })
    void rule_tellsWhichVersionsAreMeant(String rule, String version, boolean matches) {
        assertThat(VersionRule.parse(rule).matches(version)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "*", "[1,2", "[1;2]", "[,]", "(2,1]", "1,2", "[1,2,3]", ".*"})
    void textThatIsNoRule_isRefused(String text) {
        assertThatThrownBy(() -> VersionRule.parse(text)).isInstanceOf(ConfigurationException.class);
    }
}
