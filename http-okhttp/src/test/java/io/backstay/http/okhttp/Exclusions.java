package io.backstay.http.okhttp;

import io.backstay.testkit.Requirement;
import java.util.Map;

/** What OkHttp does not do, and leaves no place to do for it. */
final class Exclusions {

    static final Map<Requirement, String> ALL = Map.of(
            Requirement.CHECKS_CHUNK_ENDS,
            "OkHttp passes over what stands between a chunk's octets and the next line's end, below every interceptor");

    private Exclusions() {}
}
