package io.backstay.guard;

import java.util.function.Predicate;

/** Asks what the user gave. */
final class Predicates {

    private Predicates() {}

    /** Whether it holds; where it throws instead, that goes along with the failure it was asked about. */
    @SuppressWarnings("ReferenceEquality")
    static boolean holds(Predicate<Exception> predicate, Exception failure, boolean otherwise) {
        try {
            return predicate.test(failure);
        } catch (RuntimeException thrown) {
            if (thrown != failure) {
                failure.addSuppressed(thrown);
            }
            return otherwise;
        }
    }
}
