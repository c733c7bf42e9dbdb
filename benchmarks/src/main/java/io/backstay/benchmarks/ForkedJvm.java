package io.backstay.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** A JVM of its own for one part of a measurement, with this one's class path; what it prints is its result as JSON. */
final class ForkedJvm {

    private ForkedJvm() {}

    /** Runs the class to its end. Its errors go where this JVM's go. */
    static <T> T run(List<String> options, Class<?> main, List<String> arguments, TypeReference<T> result)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] output = process.getInputStream().readAllBytes();
        if (process.waitFor() != 0) {
            throw new IOException("the fork of " + main.getSimpleName() + " ended with " + process.exitValue());
        }
        return JsonMapper.shared().readValue(output, result);
    }
}
