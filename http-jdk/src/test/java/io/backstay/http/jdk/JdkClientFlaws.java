package io.backstay.http.jdk;

import io.backstay.testkit.Requirement;
import java.util.Map;

/** What the JDK's client does wrong and gives no means to mend. */
final class JdkClientFlaws {

    static final Map<Requirement, String> EXCLUSIONS = Map.of(
            Requirement.CLOSES_AFTER_PROTOCOL_ERROR,
            "after a status line that is none the client neither closes the connection nor lets go of it");

    private JdkClientFlaws() {}
}
