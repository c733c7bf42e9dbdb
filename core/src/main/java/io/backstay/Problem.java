package io.backstay;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Problem details for HTTP APIs (RFC 9457). Immutable. */
public final class Problem {

    /** The media type of problem details. */
    public static final String MEDIA_TYPE = "application/problem+json";

    private static final URI ABOUT_BLANK = URI.create("about:blank");

    private final URI type;
    private final int status;
    private final @Nullable String title;
    private final @Nullable String detail;
    private final @Nullable URI instance;
    private final Map<String, Object> extensions;

    private Problem(
            URI type,
            int status,
            @Nullable String title,
            @Nullable String detail,
            @Nullable URI instance,
            Map<String, Object> extensions) {
        this.type = type;
        this.status = status;
        this.title = title;
        this.detail = detail;
        this.instance = instance;
        this.extensions = extensions;
    }

    /** A problem that says no more than its status. */
    public static Problem of(int status, String title) {
        return new Problem(ABOUT_BLANK, status, title, null, null, Map.of());
    }

    /**
     * Reads the members of a JSON object. A member of a wrong type is ignored, as RFC 9457 §3.1 asks.
     *
     * @param status the status of the answer, used where the object does not tell one
     */
    public static Problem fromMembers(Map<String, ?> members, int status) {
        Map<String, Object> extensions = new LinkedHashMap<>(members);
        extensions.keySet().removeAll(List.of("type", "status", "title", "detail", "instance"));
        extensions.values().removeIf(Objects::isNull);
        URI type = uri(members.get("type"));
        return new Problem(
                type == null ? ABOUT_BLANK : type,
                members.get("status") instanceof Number told ? told.intValue() : status,
                members.get("title") instanceof String title ? title : null,
                members.get("detail") instanceof String detail ? detail : null,
                uri(members.get("instance")),
                Map.copyOf(extensions));
    }

    /** A copy with an explanation of this occurrence. */
    public Problem withDetail(String text) {
        return new Problem(type, status, title, text, instance, extensions);
    }

    /** A copy with one more member of the user's own. */
    public Problem with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(extensions);
        more.put(name, value);
        return new Problem(type, status, title, detail, instance, Map.copyOf(more));
    }

    /** Identifies the kind of problem; {@code about:blank} when it is no more than the status. */
    public URI type() {
        return type;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The kind of problem in a few words. */
    public Optional<String> title() {
        return Optional.ofNullable(title);
    }

    /** What happened this time. */
    public Optional<String> detail() {
        return Optional.ofNullable(detail);
    }

    /** Identifies this occurrence. */
    public Optional<URI> instance() {
        return Optional.ofNullable(instance);
    }

    /** The members that RFC 9457 does not define. */
    public Map<String, Object> extensions() {
        return extensions;
    }

    /** The members as a JSON object has them. */
    public Map<String, Object> toMembers() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", type.toString());
        members.put("status", status);
        if (title != null) {
            members.put("title", title);
        }
        if (detail != null) {
            members.put("detail", detail);
        }
        if (instance != null) {
            members.put("instance", instance.toString());
        }
        members.putAll(extensions);
        return members;
    }

    private static @Nullable URI uri(@Nullable Object member) {
        if (!(member instanceof String text)) {
            return null;
        }
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "Problem" + toMembers();
    }
}
