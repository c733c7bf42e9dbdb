package io.backstay.it;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/** The rules between modules. */
class ModulesTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.backstay");

    /** Each published module and the package that is its own. */
    private static final Map<String, String> MODULES = Map.of(
            "core", "io.backstay",
            "http-jdk", "io.backstay.http.jdk",
            "http-okhttp", "io.backstay.http.okhttp",
            "store-redis", "io.backstay.store.redis",
            "registry", "io.backstay.registry",
            "testkit", "io.backstay.testkit");

    @Test
    void featureModules_dependOnCoreAlone() {
        List<String> features = List.of(
                "io.backstay.http.jdk..",
                "io.backstay.http.okhttp..",
                "io.backstay.store.redis..",
                "io.backstay.registry..",
                "io.backstay.testkit..");
        for (String one : features) {
            for (String other : features) {
                if (!one.equals(other)) {
                    noClasses()
                            .that()
                            .resideInAPackage(one)
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(other)
                            .check(ALL);
                }
            }
        }
        noClasses()
                .that()
                .resideOutsideOfPackages(features.toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(features.toArray(String[]::new))
                .check(ALL);
    }

    @Test
    void modules_neverUseTheInternalsOfCore() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.backstay.http..", "io.backstay.store..", "io.backstay.registry..", "io.backstay.testkit..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.backstay.internal..")
                .check(ALL);
    }

    @Test
    void packages_areNeverSplitBetweenModules() throws Exception {
        Map<String, String> owners = new TreeMap<>();
        for (String module : MODULES.keySet()) {
            Path sources = ROOT.resolve(module).resolve("src/main/java");
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .map(file -> sources.relativize(file.getParent()).toString())
                        .distinct()
                        .forEach(directory -> assertThat(owners.put(directory, module))
                                .as(directory)
                                .isNull());
            }
        }
        assertThat(owners).hasSizeGreaterThan(5);
    }

    @Test
    void bom_listsEveryPublishedModuleAndNothingElse() throws Exception {
        String bom = Files.readString(ROOT.resolve("bom/pom.xml"));
        Matcher artifacts =
                Pattern.compile("<artifactId>backstay-([a-z-]+)</artifactId>").matcher(bom);

        assertThat(artifacts.results().map(found -> found.group(1)))
                .containsExactlyInAnyOrder(Stream.concat(Stream.of("bom"), MODULES.keySet().stream())
                        .toArray(String[]::new));
        assertThat(bom).doesNotContain("<parent>");
    }

    @Test
    void features_nameTestsThatExist() throws Exception {
        String ledger = Files.readString(ROOT.resolve("docs/features.md"));
        try (Stream<Path> files = Files.walk(ROOT)) {
            List<String> tests = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.replace(".java", ""))
                    .toList();
            assertThat(Pattern.compile("`([A-Za-z0-9]+(?:Test|IT))`")
                            .matcher(ledger)
                            .results()
                            .map(found -> found.group(1)))
                    .isNotEmpty()
                    .allSatisfy(test -> assertThat(tests).contains(test));
        }
    }
}
