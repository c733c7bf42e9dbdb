package io.backstay.demo;

import java.util.Locale;

/** What each of the services keeps, and the types that go over the wire. */
enum Resource {
    USER("/users", User.class),
    PROJECT("/projects", Project.class),
    KNOWLEDGE("/articles", Article.class);

    /** A person. */
    record User(long id, String name, String email) {}

    /** Something people work on. */
    record Project(long id, String title, long ownerId) {}

    /** Something worth knowing. */
    record Article(long id, String heading, String text) {}

    /** What a new one is made from. */
    record Draft(String title) {}

    private final String path;
    private final Class<?> type;

    Resource(String path, Class<?> type) {
        this.path = path;
        this.type = type;
    }

    /** The name of the service that keeps it. */
    String service() {
        return name().toLowerCase(Locale.ROOT) + "-service";
    }

    /** Where all of them are. */
    String path() {
        return path;
    }

    /** The type of one of them. */
    Class<?> type() {
        return type;
    }

    /** One of them. */
    Object make(long id, String title) {
        return switch (this) {
            case USER -> new User(id, title, "user" + id + "@example.org");
            case PROJECT -> new Project(id, title, id % 100);
            case KNOWLEDGE -> new Article(id, title, "What there is to know of " + title + ".");
        };
    }

    static Resource ofService(String name) {
        for (Resource resource : values()) {
            if (resource.service().equals(name)) {
                return resource;
            }
        }
        throw new UsageException("there is no service " + name);
    }
}
