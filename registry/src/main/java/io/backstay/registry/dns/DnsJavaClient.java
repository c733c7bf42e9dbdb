package io.backstay.registry.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Questions by dnsjava, each server asked twice. Aliases are followed by the server that is asked, as recursive ones do. */
final class DnsJavaClient implements DnsClient {

    private static final int TRIES = 2;

    private final ExtendedResolver resolver;
    private final Executor workers;

    DnsJavaClient(List<InetSocketAddress> given, Duration timeout, Executor workers) {
        List<InetSocketAddress> servers =
                given.isEmpty() ? ResolverConfig.getCurrentConfig().servers() : given;
        List<Resolver> all = new ArrayList<>();
        for (InetSocketAddress server : servers) {
            SimpleResolver each = new SimpleResolver(server);
            each.setTimeout(timeout);
            all.add(each);
        }
        this.resolver = new ExtendedResolver(all);
        resolver.setTimeout(timeout.multipliedBy((long) TRIES * all.size()));
        resolver.setRetries(TRIES);
        this.workers = workers;
    }

    @Override
    public CompletionStage<DnsAnswer> ask(String name, RecordKind kind) {
        Message question;
        try {
            question = Message.newQuery(Record.newRecord(absolute(name), type(kind), DClass.IN));
        } catch (TextParseException e) {
            return CompletableFuture.failedFuture(e);
        }
        return resolver.sendAsync(question, workers).thenApply(answer -> read(answer, type(kind)));
    }

    private static Name absolute(String name) throws TextParseException {
        return Name.fromString(name, Name.root);
    }

    private static int type(RecordKind kind) {
        return switch (kind) {
            case A -> Type.A;
            case AAAA -> Type.AAAA;
            case SRV -> Type.SRV;
        };
    }

    private static DnsAnswer read(Message answer, int type) {
        int code = answer.getRcode();
        if (code == Rcode.NXDOMAIN) {
            return DnsAnswer.nothing();
        }
        if (code != Rcode.NOERROR) {
            throw new CompletionException(new IOException("a server of DNS answered " + Rcode.string(code)));
        }
        List<DnsRecord> records = new ArrayList<>();
        long ttl = Integer.MAX_VALUE;
        for (Record record : answer.getSection(Section.ANSWER)) {
            ttl = Math.min(ttl, record.getTTL());
            if (record.getType() == type) {
                records.add(read(record));
            }
        }
        return records.isEmpty() ? DnsAnswer.nothing() : new DnsAnswer(records, Duration.ofSeconds(ttl));
    }

    private static DnsRecord read(Record record) {
        if (record instanceof ARecord address) {
            return DnsRecord.address(address.getAddress().getHostAddress());
        } else if (record instanceof AAAARecord address) {
            return DnsRecord.address(address.getAddress().getHostAddress());
        }
        SRVRecord srv = (SRVRecord) record;
        return new DnsRecord(srv.getTarget().toString(true), srv.getPort(), srv.getPriority(), srv.getWeight());
    }
}
