package io.backstay;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A class path on which more providers are found, for the length of a test. */
final class ClassPath {

    private ClassPath() {}

    /** Runs with these providers of a kind to be found, their service file in this directory. */
    static void with(Path directory, Class<?> kind, List<String> providers, Runnable test) throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.write(services.resolve(kind.getName()), providers);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            test.run();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
