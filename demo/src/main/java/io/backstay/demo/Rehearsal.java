package io.backstay.demo;

import io.backstay.Backstay;
import io.backstay.CallPolicy;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.RetryPolicy;
import io.backstay.ServiceClient;
import io.backstay.demo.Resource.Article;
import io.backstay.event.CallEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;

/**
 * Calls that a breaker refuses, made before any are measured: the very first ones pay for loading classes, which says nothing of
 * how long a refusal takes in a program that has run for a while.
 */
final class Rehearsal {

    static final int CALLS = 500;

    private static final String SERVICE = "nobody";

    private Rehearsal() {}

    static void run() {
        CallPolicy policy = CallPolicy.builder()
                .retry(RetryPolicy.never())
                .breaker(CircuitBreakerPolicy.builder().consecutiveFailures(1).build())
                .build();
        try (Backstay backstay = Backstay.builder()
                .endpoint(SERVICE, addressOfNobody())
                .policy(SERVICE, policy)
                .listener(CallEvent.class, new AttemptWatch())
                .build()) {
            ServiceClient nobody = backstay.client(SERVICE);
            for (int i = 0; i < CALLS; i++) {
                nobody.get("/articles/{id}", i)
                        .fallback("rehearsed", cause -> new Article(0, "", ""))
                        .result(Article.class);
                nobody.get("/articles/{id}", i).resultAsync(Article.class).join();
            }
        }
    }

    /** A port that was free a moment ago. */
    private static URI addressOfNobody() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return URI.create("http://127.0.0.1:" + socket.getLocalPort());
        } catch (IOException e) {
            throw new DemoException("no free port is left", e);
        }
    }
}
