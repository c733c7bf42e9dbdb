package io.backstay.demo;

import io.backstay.spi.SystemTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A running instance of a service. Its port is known once it listens. */
final class ServiceProcess {

    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final HttpClient ADMIN =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String name;
    private final Process process;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private volatile long readyNanos;

    private ServiceProcess(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    /** Starts this very program as a service; returns before it listens. */
    static ServiceProcess start(Resource resource, String name, int port, Joining joining, PrintStream out) {
        ProcessBuilder command = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                // Else each answer waits for the acknowledgement of its header, up to 40 ms.
                "-Dsun.net.httpserver.nodelay=true",
                "-Ddemo.log.level=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                Demo.class.getName(),
                "serve",
                resource.service(),
                Integer.toString(port)));
        command.environment().putAll(joining.variables());
        command.redirectError(ProcessBuilder.Redirect.INHERIT);
        try {
            ServiceProcess started = new ServiceProcess(name, command.start());
            SystemTime.shared().workers().execute(() -> started.read(out));
            return started;
        } catch (IOException e) {
            throw new DemoException(name + " does not start", e);
        }
    }

    /** Takes the port from what the process prints, and passes on the rest. */
    private void read(PrintStream out) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(DemoService.READY)) {
                    readyNanos = SystemTime.shared().nanoTime();
                    port.complete(Integer.parseInt(line.substring(DemoService.READY.length())));
                } else {
                    out.println(name + ": " + line);
                }
            }
        } catch (IOException e) {
            // Killed while we were reading; that it ended is all there is to know.
        }
        port.completeExceptionally(new DemoException(name + " ended before it listened"));
    }

    /** Blocks until it listens. */
    ServiceProcess awaitReady() throws InterruptedException {
        try {
            port.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
            return this;
        } catch (ExecutionException e) {
            throw new DemoException(name + " does not start", e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new DemoException(name + " does not listen after " + START_LIMIT.toSeconds() + " s");
        }
    }

    /** As people call it: the service and which one. */
    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    int port() {
        return port.join();
    }

    /** Host and port, as events tell it. */
    String address() {
        return "127.0.0.1:" + port();
    }

    URI uri() {
        return URI.create("http://" + address());
    }

    /** When it was seen to listen. */
    long readyNanos() {
        return readyNanos;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL; returns once the signal is sent. */
    void kill() {
        process.destroyForcibly();
    }

    /** Has it end by itself, as the end of this program does; returns at once. */
    void askToEnd() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new DemoException(name + " cannot be asked to end", e);
        }
    }

    /** Blocks until it has ended, and says with which status. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new DemoException(name + " is still there " + END_LIMIT.toSeconds() + " s after it was to end");
        }
        return process.exitValue();
    }

    /** Sets what is wrong with it; see {@link FaultSwitch}. */
    void set(String fault) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri().resolve(FaultSwitch.PATH + "?" + fault))
                .timeout(START_LIMIT)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            int status = ADMIN.send(request, BodyHandlers.discarding()).statusCode();
            if (status != 204) {
                throw new DemoException(name + " answered its fault switch with " + status);
            }
        } catch (IOException e) {
            throw new DemoException(name + " does not answer its fault switch", e);
        }
    }
}
