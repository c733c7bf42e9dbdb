package io.backstay.http.jdk;

import io.backstay.testkit.Requirement;
import java.util.Map;

/** What the JDK's client does wrong and gives no means to mend. */
final class JdkClientFlaws {

    static final Map<Requirement, String> EXCLUSIONS = Map.of(
            Requirement.CLOSES_AFTER_PROTOCOL_ERROR,
            "after a head that it cannot read the client forgets the connection of a blocking exchange; see the README",
            Requirement.REFUSES_MALFORMED_RESPONSES,
            "the client drops header lines without a colon, takes a bare CR for the end of a line and a chunk size that"
                    + " is missing for none, and shows nothing of it",
            Requirement.PASSWORD_FOR_TUNNEL,
            "the JDK withholds passwords of the scheme Basic from tunnels, unless the whole JVM is told otherwise");

    private JdkClientFlaws() {}
}
