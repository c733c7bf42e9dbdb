package io.backstay.store.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** One primary for everything: a server alone, or the one that Sentinels name. */
final class SingleRouter implements Router {

    private final Address address;
    private final Primary primary;
    private final Line commands;
    private final Line durable;
    private final Line messages;

    SingleRouter(Address address, Primary primary, Lines lines) {
        this.address = address;
        this.primary = primary;
        this.commands = lines.line(Role.COMMANDS, primary::locate);
        this.durable = lines.line(Role.DURABLE, primary::locate);
        this.messages = lines.line(Role.MESSAGES, primary::locate);
    }

    @Override
    public void start() {
        primary.start(this::turn);
        commands.start();
    }

    /** The others are begun when they are first wanted. */
    @Override
    public CompletableFuture<Link> link(int slot, Role role) {
        Line line = switch (role) {
            case DURABLE -> durable;
            case MESSAGES -> messages;
            default -> commands;
        };
        Link up = line.up();
        if (up != null) {
            return up.itself();
        }
        line.start();
        return line.link();
    }

    @Override
    public CompletableFuture<Link> redirected(Redirection redirection, Role role) {
        return CompletableFuture.failedFuture(
                new FailedConnection(RedisFailure.refused("a server that was taken for one alone is of a cluster")));
    }

    @Override
    public void doubt() {
        primary.doubt();
    }

    private void turn(Node to) {
        RedisFailure why = RedisFailure.unavailable("the primary is " + to + " by now");
        each(line -> line.turnTo(to, why));
    }

    @Override
    public void each(Consumer<Line> action) {
        action.accept(commands);
        action.accept(durable);
        action.accept(messages);
    }

    @Override
    public List<RedisFailure> troubles() {
        return commands.up() == null ? List.of(commands.failure()) : List.of();
    }

    @Override
    public String place() {
        Link up = commands.up();
        return address + (up == null || address.kind() == Address.Kind.STANDALONE ? "" : ", now at " + up.node());
    }

    @Override
    public void close(RedisFailure why) {
        each(line -> line.close(why));
        primary.close();
    }
}
