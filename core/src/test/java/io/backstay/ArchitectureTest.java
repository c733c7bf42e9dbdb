package io.backstay;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/** The rules that keep the rooms of the core apart. */
class ArchitectureTest {

    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.backstay");

    /** The one class that puts the others together. */
    private static final DescribedPredicate<JavaClass> ENTRY = new DescribedPredicate<>("the entry class") {
        @Override
        public boolean test(JavaClass type) {
            return type.getName().equals(Backstay.class.getName())
                    || type.getName().startsWith(Backstay.class.getName() + "$");
        }
    };

    @Test
    void api_neverUsesInternals_exceptTheEntryClass() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.backstay.internal..")
                .and(DescribedPredicate.not(ENTRY))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.backstay.internal..")
                .check(CORE);
    }

    @Test
    void packages_dependOneWay() {
        List<String> order = List.of(
                "io.backstay",
                "io.backstay.spi",
                "io.backstay.state",
                "io.backstay.guard",
                "io.backstay.balance",
                "io.backstay.event",
                "io.backstay.internal");
        for (int lower = 0; lower < order.size(); lower++) {
            for (String upper : order.subList(lower + 1, order.size())) {
                noClasses()
                        .that()
                        .resideInAPackage(order.get(lower))
                        .and(DescribedPredicate.not(ENTRY))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(upper)
                        .check(CORE);
            }
        }
        noClasses()
                .that()
                .resideInAnyPackage(order.toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.backstay.server")
                .check(CORE);
    }

    @Test
    void librariesOfOurs_showInNoPublicSignature() {
        methods()
                .that()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackage("io.backstay.internal..")
                .and()
                .arePublic()
                .should(new ArchCondition<JavaMethod>("show no type of a library") {
                    @Override
                    public void check(JavaMethod method, ConditionEvents events) {
                        method.getRawParameterTypes().forEach(type -> look(method, type, events));
                        look(method, method.getRawReturnType(), events);
                    }

                    private void look(JavaMethod method, JavaClass type, ConditionEvents events) {
                        for (String library :
                                List.of("dev.failsafe", "tools.jackson", "org.HdrHistogram", "org.slf4j")) {
                            if (type.getPackageName().startsWith(library)) {
                                events.add(SimpleConditionEvent.violated(method, method.getFullName()));
                            }
                        }
                    }
                })
                .check(CORE);
    }

    @Test
    void failsafe_isUsedForTheLoopAlone() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("dev\\.failsafe\\.(Bulkhead|Timeout|CircuitBreaker|RateLimiter).*")
                .check(CORE);
    }

    @Test
    void internals_areHiddenUnlessTheEntryClassOrAServiceFileNeedsThem() {
        classes()
                .that()
                .resideInAPackage("io.backstay.internal")
                .and()
                .areTopLevelClasses()
                .and()
                .arePublic()
                .should()
                .haveNameMatching(".*\\.(Engine|Assembly|Types)")
                .check(CORE);
    }
}
