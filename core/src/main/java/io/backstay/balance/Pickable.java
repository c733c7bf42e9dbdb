package io.backstay.balance;

import io.backstay.spi.Balancer;

/** What a balancer of this pool is given to choose from. */
interface Pickable extends Balancer.Candidate {

    /** The instance it stands for. */
    Member member();
}
