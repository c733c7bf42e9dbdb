package io.backstay.benchmarks;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.CreateSubchannelArgs;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.LoadBalancer.Subchannel;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancer.SubchannelStateListener;
import io.grpc.LoadBalancerProvider;
import io.grpc.LoadBalancerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SynchronizationContext;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** gRPC-java's own {@code round_robin} over subchannels that are ready as soon as they are asked to be. */
final class GrpcTurns {

    /** What is picked for; round robin does not look at it. */
    static final PickSubchannelArgs ANY = new PickSubchannelArgs() {
        @Override
        public CallOptions getCallOptions() {
            return CallOptions.DEFAULT;
        }

        @Override
        public Metadata getHeaders() {
            return new Metadata();
        }

        @Override
        public MethodDescriptor<?, ?> getMethodDescriptor() {
            throw new UnsupportedOperationException("nothing is called");
        }
    };

    private final SynchronizationContext context = new SynchronizationContext((thread, failure) -> {
        throw new IllegalStateException(failure);
    });
    private @Nullable SubchannelPicker latest;
    private ConnectivityState state = ConnectivityState.IDLE;

    /** Its picker over so many addresses, all of them ready. */
    SubchannelPicker picker(int size) {
        LoadBalancerProvider provider = Objects.requireNonNull(
                LoadBalancerRegistry.getDefaultRegistry().getProvider("round_robin"), "grpc-util brings it");
        LoadBalancer balancer = provider.newLoadBalancer(new Helper());
        List<EquivalentAddressGroup> addresses = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            addresses.add(new EquivalentAddressGroup(InetSocketAddress.createUnresolved("host" + i, 80)));
        }
        context.execute(() -> balancer.acceptResolvedAddresses(
                ResolvedAddresses.newBuilder().setAddresses(addresses).build()));
        if (state != ConnectivityState.READY || latest == null) {
            throw new IllegalStateException("the balancer is " + state);
        }
        return latest;
    }

    private final class Helper extends LoadBalancer.Helper {

        @Override
        public Subchannel createSubchannel(CreateSubchannelArgs args) {
            return new Ready(args.getAddresses());
        }

        @Override
        public void updateBalancingState(ConnectivityState newState, SubchannelPicker newPicker) {
            state = newState;
            latest = newPicker;
        }

        @Override
        public SynchronizationContext getSynchronizationContext() {
            return context;
        }

        @Override
        public ManagedChannel createOobChannel(EquivalentAddressGroup addresses, String authority) {
            throw new UnsupportedOperationException("there is no network here");
        }

        @Override
        public String getAuthority() {
            return "users";
        }
    }

    private final class Ready extends Subchannel {

        private final List<EquivalentAddressGroup> addresses;
        private @Nullable SubchannelStateListener listener;

        Ready(List<EquivalentAddressGroup> addresses) {
            this.addresses = addresses;
        }

        @Override
        public void start(SubchannelStateListener stateListener) {
            listener = stateListener;
        }

        @Override
        public void requestConnection() {
            SubchannelStateListener told = Objects.requireNonNull(listener, "it is started first");
            context.execute(() -> told.onSubchannelState(ConnectivityStateInfo.forNonError(ConnectivityState.READY)));
        }

        @Override
        public List<EquivalentAddressGroup> getAllAddresses() {
            return addresses;
        }

        @Override
        public Attributes getAttributes() {
            return Attributes.EMPTY;
        }

        @Override
        public void shutdown() {}
    }
}
