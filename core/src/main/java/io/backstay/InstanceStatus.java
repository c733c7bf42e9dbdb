package io.backstay;

/** What is known of an instance from outside its calls: by whoever registered it, by its lease, by active checks. */
public enum InstanceStatus {
    /** Nothing speaks against it. */
    UP,
    /** It may be gone: its lease has run out, or nobody has heard of it. Chosen only when nothing better is left. */
    SUSPECT,
    /** Checks have failed. Not chosen, unless so many are down that all are used. */
    DOWN,
    /** It finishes what it has and is about to leave. Not chosen while there is any other. */
    DRAINING
}
