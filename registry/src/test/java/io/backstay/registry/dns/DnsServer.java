package io.backstay.registry.dns;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import static org.assertj.core.api.Assertions.assertThat;

/** A server of DNS on a loopback port, which answers what it was told to. */
@SuppressWarnings("RedundantControlFlow")
final class DnsServer implements AutoCloseable {

    /** How it meets questions. */
    enum Mood {
        /** By its records; a name without any does not exist. */
        ANSWERS,
        /** With the code of a server that has a problem. */
        FAILS,
        /** Not at all. */
        IS_SILENT
    }

    private final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final Map<Name, List<Record>> records = new ConcurrentHashMap<>();
    final BlockingQueue<String> questions = new LinkedBlockingQueue<>();
    private volatile Mood mood = Mood.ANSWERS;
    private volatile int failingType = -1;

    DnsServer() throws IOException {
        Thread thread = new Thread(this::serve, "dns-server");
        thread.setDaemon(true);
        thread.start();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** The whole answer to any question about a name. */
    void records(String name, Record... answer) throws IOException {
        records.put(Name.fromString(name, Name.root), List.of(answer));
    }

    /** A name does not exist any more. */
    void forget(String name) throws IOException {
        records.remove(Name.fromString(name, Name.root));
    }

    /** Waits until it has been asked so many times more; 10 s for each. */
    void awaitQuestions(int count) throws InterruptedException {
        questions.clear();
        for (int i = 0; i < count; i++) {
            assertThat(questions.poll(10, TimeUnit.SECONDS)).as("a question").isNotNull();
        }
    }

    void mood(Mood now) {
        this.mood = now;
    }

    /** Fails to answer questions of one type, however it meets others. */
    void failsToAnswer(int type) {
        this.failingType = type;
    }

    private void serve() {
        byte[] buffer = new byte[4_096];
        while (!socket.isClosed()) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(packet);
                Message question = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                questions.add(question.getQuestion().toString());
                if (mood != Mood.IS_SILENT) {
                    byte[] answer = answer(question).toWire();
                    socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException closedOrNoQuestion) {
                continue;
            }
        }
    }

    private Message answer(Message question) {
        Message answer = new Message(question.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.addRecord(question.getQuestion(), Section.QUESTION);
        List<Record> all = records.get(question.getQuestion().getName());
        if (mood == Mood.FAILS || question.getQuestion().getType() == failingType) {
            answer.getHeader().setRcode(Rcode.SERVFAIL);
        } else if (all == null) {
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
        } else {
            int type = question.getQuestion().getType();
            all.stream()
                    .filter(record -> record.getType() == type || record.getType() == Type.CNAME)
                    .forEach(record -> answer.addRecord(record, Section.ANSWER));
        }
        return answer;
    }

    @Override
    public void close() {
        socket.close();
    }
}
