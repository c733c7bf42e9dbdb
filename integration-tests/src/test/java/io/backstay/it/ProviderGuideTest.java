package io.backstay.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The guide to writing a transport shows code that is compiled and passes the contract. */
class ProviderGuideTest {

    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void everyBlockOfTheGuide_isPartOfTheWorkedExample() throws Exception {
        Path root = Path.of("..").toRealPath();
        String code = sources(root.resolve("integration-tests/src/test/java/io/backstay/it/apache"));
        List<String> blocks = BLOCK.matcher(Files.readString(root.resolve("docs/writing-a-provider.md")))
                .results()
                .map((MatchResult block) -> squeeze(block.group(1)))
                .toList();

        assertThat(blocks).hasSizeGreaterThan(5);
        assertThat(blocks).allSatisfy(block -> assertThat(code).contains(block));
    }

    private static String sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            StringBuilder all = new StringBuilder();
            for (Path file : files.sorted().toList()) {
                all.append(squeeze(Files.readString(file)));
            }
            return all.toString();
        }
    }

    private static String squeeze(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining()).replace(" ", "");
    }
}
