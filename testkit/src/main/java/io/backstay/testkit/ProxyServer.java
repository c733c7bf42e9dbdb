package io.backstay.testkit;

import io.backstay.spi.SystemTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An HTTP proxy on loopback that takes every host for loopback, forwards and tunnels, and may want a password. */
final class ProxyServer implements AutoCloseable {

    private static final String WANTED =
            "HTTP/1.1 407 Wanted\r\nProxy-Authenticate: Basic realm=\"contract\"\r\nContent-Length: 0\r\n\r\n";

    private final @Nullable String authorization;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final RawServer server;

    /** One that wants this value of {@code Proxy-Authorization}, or none. */
    ProxyServer(@Nullable String authorization) {
        this.authorization = authorization;
        this.server = new RawServer(this::serve);
    }

    private void serve(RawConnection client) throws IOException {
        while (true) {
            List<String> head = client.readHead();
            byte[] body = client.in().readNBytes((int) RawConnection.contentLength(head));
            if (!isAllowed(head)) {
                client.send(WANTED);
                continue;
            }
            String[] line = head.get(0).split(" ", 3);
            requests.add(line[0] + " " + line[1]);
            if (line[0].equals("CONNECT")) {
                tunnel(client, Integer.parseInt(line[1].substring(line[1].lastIndexOf(':') + 1)));
            } else {
                forward(client, line, head, body);
            }
            return;
        }
    }

    private boolean isAllowed(List<String> head) {
        return authorization == null
                || head.stream().anyMatch(line -> line.equalsIgnoreCase("Proxy-Authorization: " + authorization));
    }

    private static void tunnel(RawConnection client, int port) throws IOException {
        try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.send("HTTP/1.1 200 Connection established\r\n\r\n");
            SystemTime.shared().workers().execute(() -> {
                try (client) {
                    copy(server.getInputStream(), client);
                } catch (IOException gone) {
                    // Either side has closed; the other is closed after it.
                }
            });
            client.in().transferTo(server.getOutputStream());
        }
    }

    /** One request for each connection: the end of the response is the end of the server's connection. */
    private static void forward(RawConnection client, String[] line, List<String> head, byte[] body)
            throws IOException {
        URI target = URI.create(line[1]);
        try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target.getPort())) {
            String path = target.getRawPath() + (target.getRawQuery() == null ? "" : "?" + target.getRawQuery());
            String fields = head.stream()
                    .skip(1)
                    .filter(field -> !field.toLowerCase(Locale.ROOT).matches("(proxy-[a-z]+|connection):.*"))
                    .map(field -> field + "\r\n")
                    .collect(Collectors.joining());
            String sent = line[0] + " " + path + " HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n";
            server.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
            server.getOutputStream().write(body);
            copy(server.getInputStream(), client);
        }
    }

    private static void copy(InputStream from, RawConnection to) throws IOException {
        byte[] buffer = new byte[8192];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            to.send(Arrays.copyOf(buffer, read));
        }
    }

    URI uri() {
        return server.uri();
    }

    /** Method and target of all that it forwarded and tunnelled, in order. */
    List<String> requests() {
        return requests;
    }

    @Override
    public void close() {
        server.close();
    }
}
