package io.backstay.demo;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpServer;
import io.backstay.Backstay;
import io.backstay.ServiceInstance;
import io.backstay.demo.Options.Serve;
import io.backstay.registry.Registration;
import io.backstay.registry.Registry;
import io.backstay.server.JdkServerFilter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executors;

/**
 * One instance of a service, in a process of its own. Listens on the loopback, prints its port for the process that started it,
 * registers itself, and takes its leave and ends when that one closes its standard input, which the system does for it however it dies.
 */
final class DemoService {

    /** What the line begins with that tells the port. */
    static final String READY = "listening on port ";

    /** A port is given back late when connections of the process that had it are still being wound up. */
    private static final int BIND_ATTEMPTS = 100;

    private static final Duration BIND_WAIT = Duration.ofMillis(50);
    private static final int BACKLOG = 256;
    private static final int LAST_ANSWERS_SECONDS = 1;

    private DemoService() {}

    /** Serves until the standard input ends. */
    static int serve(Serve options, PrintStream out) throws InterruptedException {
        try {
            // What it is told of the registry stands in its environment.
            try (Backstay backstay = Backstay.builder().build()) {
                HttpServer server = start(options);
                int port = server.getAddress().getPort();
                out.println(READY + port);
                out.flush();
                Registration own = backstay.extension(Registry.class).register(instance(options.resource(), port));
                System.in.transferTo(OutputStream.nullOutputStream());
                own.close();
                server.stop(LAST_ANSWERS_SECONDS);
            }
            return Demo.HELD;
        } catch (IOException e) {
            throw new DemoException("a service does not start", e);
        }
    }

    private static ServiceInstance instance(Resource resource, int port) {
        return ServiceInstance.builder(resource.service())
                .host("127.0.0.1")
                .port(port)
                .build();
    }

    private static HttpServer start(Serve options) throws IOException, InterruptedException {
        FaultSwitch fault = new FaultSwitch();
        ResourceHandler handler = new ResourceHandler(options.resource(), fault);
        handler.warmUp();
        HttpServer server = bind(options.port());
        HttpContext resources = server.createContext(options.resource().path(), handler);
        resources.getFilters().add(JdkServerFilter.create());
        server.createContext(FaultSwitch.PATH, fault);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, options.resource().service());
            thread.setDaemon(true);
            return thread;
        }));
        server.start();
        return server;
    }

    private static HttpServer bind(int port) throws IOException, InterruptedException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (int attempt = 1; ; attempt++) {
            try {
                return HttpServer.create(address, BACKLOG);
            } catch (BindException e) {
                if (attempt == BIND_ATTEMPTS) {
                    throw e;
                }
                Waits.rest(BIND_WAIT);
            }
        }
    }
}
