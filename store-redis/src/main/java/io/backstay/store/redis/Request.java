package io.backstay.store.redis;

import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a server. The octets must not be changed.
 *
 * @param operation how it is counted
 * @param changes whether it may change something there
 * @param slot where its keys are, in a cluster
 * @param script what is run; null for a plain command
 * @param command the plain command; of a script none
 * @param keys of a script
 * @param arguments of the script or of the command
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Request(
        String operation,
        Role role,
        boolean changes,
        int slot,
        @Nullable Script script,
        CommandType command,
        byte[][] keys,
        byte[][] arguments) {

    static Request script(Script script, Role role, int slot, byte[][] keys, byte[]... arguments) {
        return new Request(
                script.name().toLowerCase(java.util.Locale.ROOT),
                role,
                script.changes(),
                slot,
                script,
                CommandType.EVALSHA,
                keys,
                arguments);
    }

    static Request command(String operation, boolean changes, int slot, CommandType command, byte[]... arguments) {
        return new Request(operation, Role.COMMANDS, changes, slot, null, command, new byte[0][], arguments);
    }

    /** Roughly what it has in memory until it is answered. */
    long octets() {
        long octets = 256;
        for (byte[] argument : arguments) {
            octets += argument.length + 16;
        }
        return octets;
    }

    ProtocolKeyword keyword(boolean wholeScript) {
        return wholeScript ? CommandType.EVAL : command;
    }

    CommandArgs<byte[], byte[]> args(boolean wholeScript) {
        CommandArgs<byte[], byte[]> args = Link.args();
        if (script != null) {
            args.add(wholeScript ? script.text() : script.digest()).add(keys.length);
            for (byte[] key : keys) {
                args.addKey(key);
            }
        }
        for (byte[] argument : arguments) {
            args.addValue(argument);
        }
        return args;
    }
}
