package io.backstay.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Duration;

/** What is wrong with a service just now, and the admin path that says so: its query is the fault. */
final class FaultSwitch implements HttpHandler {

    static final String PATH = "/admin/fault";

    private static final String SLOW = "slow=";
    private static final Fault NONE = new Fault(Duration.ZERO, false);

    /** How long each answer is held back, and whether it is a 500. */
    record Fault(Duration delay, boolean isError) {

        /** As the query says it: {@code healthy}, {@code error}, or {@code slow=} and milliseconds. */
        static Fault parse(String query) {
            if (query.startsWith(SLOW)) {
                return new Fault(Duration.ofMillis(Long.parseLong(query.substring(SLOW.length()))), false);
            }
            return switch (query) {
                case "healthy" -> NONE;
                case "error" -> new Fault(Duration.ZERO, true);
                default -> throw new IllegalArgumentException("no such fault: " + query);
            };
        }

        /** The query that sets a service slow. */
        static String slow(Duration delay) {
            return SLOW + delay.toMillis();
        }
    }

    private volatile Fault now = NONE;

    Fault now() {
        return now;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 204;
            try {
                now = Fault.parse(String.valueOf(exchange.getRequestURI().getQuery()));
            } catch (IllegalArgumentException e) {
                status = 400;
            }
            exchange.sendResponseHeaders(status, -1);
        }
    }
}
