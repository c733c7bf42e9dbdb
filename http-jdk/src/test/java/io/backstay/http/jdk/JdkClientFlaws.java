package io.backstay.http.jdk;

import io.backstay.testkit.Requirement;
import java.util.EnumMap;
import java.util.Map;

/** What the JDK's client does wrong and gives no means to mend. */
final class JdkClientFlaws {

    /** Where GOAWAY no longer ends what is still being answered; 17 does, 25 does not. */
    private static final int MENDED = 25;

    static final Map<Requirement, String> EXCLUSIONS = exclusions();

    private JdkClientFlaws() {}

    private static Map<Requirement, String> exclusions() {
        Map<Requirement, String> all = new EnumMap<>(Requirement.class);
        all.put(
                Requirement.CLOSES_AFTER_PROTOCOL_ERROR,
                "after a head that it cannot read the client forgets the connection of a blocking exchange; see the README");
        all.put(
                Requirement.REFUSES_MALFORMED_RESPONSES,
                "the client drops header lines without a colon, takes a bare CR for the end of a line and a chunk size that"
                        + " is missing for none, and shows nothing of it");
        all.put(
                Requirement.PASSWORD_FOR_TUNNEL,
                "the JDK withholds passwords of the scheme Basic from tunnels, unless the whole JVM is told otherwise");
        if (Runtime.version().feature() < MENDED) {
            all.put(
                    Requirement.COMPLETES_AFTER_GOAWAY,
                    "this JDK's client fails the streams that are being answered when the server says GOAWAY");
            all.put(
                    Requirement.NOTICES_FALSE_GREETING,
                    "this JDK's client misses a wrong first frame now and then, and ends by the timeout");
        }
        return all;
    }
}
