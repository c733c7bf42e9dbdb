package io.backstay.store.redis;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Operations in the words of the scripts; the scripts' own comments say what each part is. */
final class ScriptArguments {

    static final byte[] YES = TableKeys.octets("1");
    static final byte[] NO = TableKeys.octets("0");

    private static final byte[] EMPTY = new byte[0];
    private static final byte[] PUT = TableKeys.octets("+");
    private static final byte[] REMOVE = TableKeys.octets("-");
    private static final int BEFORE_CHANGES = 3;
    private static final int EACH_CHANGE = 5;
    private static final int EACH_LEASE = 3;

    private ScriptArguments() {}

    static byte[][] apply(StateBatch batch) {
        List<byte[]> arguments =
                new ArrayList<>(BEFORE_CHANGES + EACH_CHANGE * batch.writes().size());
        TablePosition expected = batch.expected().orElse(null);
        arguments.add(expected == null ? NO : YES);
        arguments.add(expected == null ? EMPTY : TableKeys.octets(expected.epoch()));
        arguments.add(expected == null ? EMPTY : number(expected.revision()));
        for (StateWrite write : batch.writes()) {
            byte[] value = write.value();
            arguments.add(value == null ? REMOVE : PUT);
            arguments.add(TableKeys.octets(write.key()));
            arguments.add(
                    write.expectedVersion().isPresent()
                            ? number(write.expectedVersion().getAsLong())
                            : EMPTY);
            arguments.add(write.lease().map(ScriptArguments::millis).orElse(EMPTY));
            arguments.add(value == null ? EMPTY : value);
        }
        return arguments.toArray(byte[][]::new);
    }

    static byte[][] renew(Collection<StateLease> leases) {
        List<byte[]> arguments = new ArrayList<>(EACH_LEASE * leases.size());
        for (StateLease lease : leases) {
            arguments.add(TableKeys.octets(lease.key()));
            arguments.add(number(lease.version()));
            arguments.add(millis(lease.time()));
        }
        return arguments.toArray(byte[][]::new);
    }

    static byte[] number(long number) {
        return TableKeys.octets(Long.toString(number));
    }

    private static byte[] millis(Duration time) {
        return number(Math.max(1, time.toMillis()));
    }
}
