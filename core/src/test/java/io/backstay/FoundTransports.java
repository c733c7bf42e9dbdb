package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.VirtualTime;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Transports to be found on a class path made by a test. */
public final class FoundTransports {

    private FoundTransports() {}

    private static ScriptedTransport transport() {
        return new ScriptedTransport(new VirtualTime(), Step.ok(""));
    }

    public static final class One implements HttpTransportProvider {

        static final List<ScriptedTransport> made = new CopyOnWriteArrayList<>();

        @Override
        public String name() {
            return "one";
        }

        @Override
        public HttpTransport create(ProviderContext context) {
            ScriptedTransport transport = transport();
            made.add(transport);
            return transport;
        }
    }

    public static final class Two implements HttpTransportProvider {
        @Override
        public String name() {
            return "two";
        }

        @Override
        public HttpTransport create(ProviderContext context) {
            return transport();
        }
    }

    public static final class Strong implements HttpTransportProvider {
        @Override
        public String name() {
            return "strong";
        }

        @Override
        public int priority() {
            return 10;
        }

        @Override
        public HttpTransport create(ProviderContext context) {
            return transport();
        }
    }

    public static final class Broken implements HttpTransportProvider {
        public Broken() {
            throw new IllegalStateException("cannot be made");
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public HttpTransport create(ProviderContext context) {
            return transport();
        }
    }
}
